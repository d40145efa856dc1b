// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/base/shared_bytes.hpp"

#include <cstring>
#include <new>

namespace herdgate {

shared_bytes::shared_bytes(std::string_view head, std::string_view tail) {
    void* memory = ::operator new(sizeof(block) + head.size() + tail.size());
    block_ = new (memory) block{1, head.size() + tail.size()};
    char* bytes = reinterpret_cast<char*>(block_ + 1);
    if (!head.empty()) std::memcpy(bytes, head.data(), head.size());
    if (!tail.empty()) std::memcpy(bytes + head.size(), tail.data(), tail.size());
}

void shared_bytes::destroy(block* b) noexcept {
    b->~block();
    ::operator delete(b);
}

}  // namespace herdgate
