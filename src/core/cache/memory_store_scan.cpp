// SPDX-License-Identifier: Apache-2.0
//
// memory_store: walks over the keys of a database. The store's cursor is the shard's, with the
// shard's number in its low bits: 0 is the beginning of the first shard and the end of the last.
#include <bit>

#include "herdgate/core/cache/memory_store.hpp"
#include "memory_shard.hpp"

namespace herdgate {

scan_page memory_store::scan(std::uint16_t database, std::uint64_t cursor, std::size_t buckets,
                             std::size_t keys_wanted, redis_time now) const {
    const auto shard_bits = static_cast<unsigned>(std::countr_zero(shard_count_));
    std::size_t at = cursor & (shard_count_ - 1);
    std::uint64_t within = cursor >> shard_bits;
    scan_page page;
    const auto collect = [&](const record& r) {
        if (r.database == database && r.servable(now)) page.keys.emplace_back(r.key());
    };
    while (at < shard_count_) {
        const std::scoped_lock lock{shards_[at].mutex};
        const memory_table& table = shards_[at].table;
        do {
            if (buckets == 0 || page.keys.size() >= keys_wanted) {
                page.cursor = (within << shard_bits) | at;
                return page;
            }
            --buckets;
            within = table.scan(within, collect);
        } while (within != 0);
        ++at;
    }
    page.cursor = 0;
    return page;
}

std::vector<std::string> memory_store::keys(std::uint16_t database, redis_time now) const {
    std::vector<std::string> found;
    for (std::size_t at = 0; at < shard_count_; ++at) {
        const std::scoped_lock lock{shards_[at].mutex};
        // In one go: while the lock is held nothing moves, so that no key is visited twice.
        std::uint64_t cursor = 0;
        do {
            cursor = shards_[at].table.scan(cursor, [&](const record& r) {
                if (r.database == database && r.servable(now)) found.emplace_back(r.key());
            });
        } while (cursor != 0);
    }
    return found;
}

// Begins in a bucket by chance and takes one of the first keys met. Not uniform: neither is
// Redis's.
bool memory_store::random_key(std::uint16_t database, std::uint64_t random, redis_time now,
                              std::string& key) const {
    for (std::size_t n = 0; n <= shard_count_; ++n) {
        const shard& s = shards_[(random + n) & (shard_count_ - 1)];
        const std::scoped_lock lock{s.mutex};
        if (s.table.values(database) == 0) continue;
        // The first shard once more at the end: its buckets before the starting one were not looked
        // at.
        std::uint64_t cursor = n == 0 ? random >> 8 : 0;
        std::size_t met = 0;
        do {
            cursor = s.table.scan(cursor, [&](const record& r) {
                if (r.database != database || !r.servable(now)) return;
                if ((random >> 40) % ++met == 0) key.assign(r.key());
            });
        } while (cursor != 0 && met == 0);
        if (met != 0) return true;
    }
    return false;
}

}  // namespace herdgate
