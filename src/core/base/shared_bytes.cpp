// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/base/shared_bytes.hpp"

#include <cstring>
#include <limits>
#include <new>

#include "herdgate/core/base/assert.hpp"

namespace herdgate {

shared_bytes::shared_bytes(std::string_view head, std::string_view tail) {
    const std::size_t size = head.size() + tail.size();
    HERDGATE_ASSERT(size <= std::numeric_limits<std::uint32_t>::max());
    void* memory = ::operator new(sizeof(block) + size);
    block_ = new (memory) block{1, static_cast<std::uint32_t>(size)};
    char* bytes = reinterpret_cast<char*>(block_ + 1);
    if (!head.empty()) std::memcpy(bytes, head.data(), head.size());
    if (!tail.empty()) std::memcpy(bytes + head.size(), tail.data(), tail.size());
}

void shared_bytes::destroy(block* b) noexcept {
    b->~block();
    ::operator delete(b);
}

}  // namespace herdgate
