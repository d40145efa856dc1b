// SPDX-License-Identifier: Apache-2.0
//
// memory_store: shards, room and housekeeping. Entries are in memory_store_entries.cpp, scans in
// memory_store_scan.cpp.
#include "herdgate/core/cache/memory_store.hpp"

#include "herdgate/core/base/hash.hpp"

#include <algorithm>
#include <bit>
#include <mutex>

#include "herdgate/core/base/assert.hpp"
#include "memory_shard.hpp"

namespace herdgate {
namespace {

constexpr std::size_t evictions_per_visit = 16;  // of one shard, before it is the next one's turn
constexpr std::size_t expiry_batch = 64;         // records examined under one lock

}  // namespace

memory_store::memory_store(std::size_t max_bytes, std::uint64_t secret, std::size_t shards)
    : max_bytes_(max_bytes),
      secret_(secret),
      shard_count_(shards),
      shards_(std::make_unique<shard[]>(shards)) {
    HERDGATE_ASSERT(std::has_single_bit(shards) && shards <= shards_max);
}

memory_store::~memory_store() = default;

hashed_key memory_store::hash(entry_key key) const noexcept {
    constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15U;
    const std::uint64_t seed = secret_ + key.database * golden_ratio;
    return {hash_bytes(key.key, seed), key};
}

// The table of a shard uses the hash's low bits, so the shard is chosen by high ones.
std::size_t memory_store::index_of(const hashed_key& key) const noexcept {
    return (key.hash >> 58) & (shard_count_ - 1);
}

memory_store::shard& memory_store::shard_of(const hashed_key& key) const noexcept {
    return shards_[index_of(key)];
}

// Evicts a batch, or less if `bytes` fit before. True if at least one record went, or none had to.
bool memory_store::make_room_in(shard& s, std::size_t bytes) {
    for (std::size_t n = 0; n < evictions_per_visit; ++n) {
        if (bytes_.load(std::memory_order_relaxed) + bytes <= max_bytes_) return true;
        const account books{s.table, bytes_};
        if (s.table.evict_one() == 0) return n > 0;
    }
    return true;
}

// Room is reserved by adding to bytes_ what will be stored: two threads cannot both take the last
// bytes. The caller takes its reservation back, under the same locks, once it has stored.
bool memory_store::make_room(std::size_t bytes, std::uint64_t held, std::size_t home) {
    if (bytes > largest_record()) return false;
    std::size_t fruitless =
        0;  // visits in a row that freed nothing; all shards, a few times: give up
    for (std::size_t at = home;; at = (at + 1) % shard_count_) {
        std::size_t used = bytes_.load(std::memory_order_relaxed);
        while (used + bytes <= max_bytes_) {
            if (bytes_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed)) {
                return true;
            }
        }
        shard& s = shards_[at];
        bool progress = false;
        if (((held >> at) & 1U) != 0) {
            progress = make_room_in(s, bytes);
        } else if (const std::unique_lock lock{s.mutex, std::try_to_lock}) {
            progress = make_room_in(s, bytes);
        }
        fruitless = progress ? 0 : fruitless + 1;
        if (fruitless > 4 * shard_count_) return false;
    }
}

std::size_t memory_store::expire_some(redis_time now, std::size_t budget) {
    std::size_t examined = 0;
    // Each shard once at most: with little to do, the call ends early.
    for (std::size_t visits = 0; visits < shard_count_ && examined < budget; ++visits) {
        shard& s = shards_[expiring_.fetch_add(1, std::memory_order_relaxed) % shard_count_];
        const std::scoped_lock lock{s.mutex};
        const account books{s.table, bytes_};
        examined += s.table.expire_some(now, std::min(expiry_batch, budget - examined));
        s.leases.purge(now);
    }
    return examined;
}

void memory_store::flush(std::uint16_t database) {
    for (std::size_t at = 0; at < shard_count_; ++at) {
        shard& s = shards_[at];
        const std::scoped_lock lock{s.mutex};
        const account books{s.table, bytes_};
        s.table.erase_database(database);
        s.leases.drop_database(database);
    }
}

void memory_store::flush_all() {
    for (std::uint16_t database = 0; database < limits::databases; ++database) flush(database);
}

std::size_t memory_store::size(std::uint16_t database) const {
    std::size_t sum = 0;
    for (std::size_t at = 0; at < shard_count_; ++at) {
        const std::scoped_lock lock{shards_[at].mutex};
        sum += shards_[at].table.values(database);
    }
    return sum;
}

store_totals memory_store::totals() const {
    store_totals sum;
    for (std::size_t at = 0; at < shard_count_; ++at) {
        const shard& s = shards_[at];
        const std::scoped_lock lock{s.mutex};
        sum.records += s.table.size();
        sum.bytes += s.table.bytes();
        sum.leases += s.leases.size();
        sum.evictions += s.table.evictions();
        sum.expired += s.table.expired();
    }
    return sum;
}

}  // namespace herdgate
