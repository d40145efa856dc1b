// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/record.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "herdgate/core/base/assert.hpp"

namespace herdgate {
namespace {

constexpr std::size_t key_offset(bool is_entry) noexcept {
    return sizeof(record) + (is_entry ? sizeof(entry_part) : 0);
}

}  // namespace

record* record::create(const hashed_key& key, bool is_entry) {
    HERDGATE_ASSERT(key.key.database < limits::databases);
    HERDGATE_ASSERT(key.key.key.size() <= limits::bulk_bytes);
    const std::size_t offset = key_offset(is_entry);
    char* memory = static_cast<char*>(::operator new(offset + key.key.key.size()));
    auto* r = new (memory) record;
    r->hash = static_cast<std::uint32_t>(key.hash & hash_mask);
    r->database = key.key.database & 15U;
    r->key_size = static_cast<std::uint32_t>(key.key.key.size()) & ((1U << 30) - 1);
    r->is_entry = is_entry ? 1 : 0;
    r->visited = 0;
    if (is_entry) new (memory + sizeof(record)) entry_part;
    if (!key.key.key.empty()) {
        std::memcpy(memory + offset, key.key.key.data(), key.key.key.size());
    }
    return r;
}

void record::destroy(record* r) noexcept {
    if (r->is_entry) r->part().~entry_part();
    r->~record();
    ::operator delete(static_cast<void*>(r));
}

std::string_view record::key() const noexcept {
    return {reinterpret_cast<const char*>(this) + key_offset(is_entry), key_size};
}

void record::date() noexcept {
    const entry_part& p = part();
    const redis_time last =
        useful_until(p.meta, static_cast<bool>(value), p.negative || p.uncacheable);
    // An entry is of no use at that time any more; a plain key still is in its last millisecond.
    last_use = last - milliseconds{1};
}

bool record::servable(redis_time now) const noexcept {
    if (dead(now) || !value) return false;
    if (!is_entry) return true;
    const entry_meta& m = part().meta;
    return now < std::max({m.fresh_until, m.revalidate_until, m.error_until});
}

std::size_t record::charge() const noexcept {
    std::size_t bytes = plain_record_overhead + key_size + value.size();
    if (is_entry) bytes += sizeof(entry_part) + part().reason.size() + part().notes.size();
    return bytes;
}

}  // namespace herdgate
