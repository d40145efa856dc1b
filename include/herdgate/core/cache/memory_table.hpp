// SPDX-License-Identifier: Apache-2.0
//
// memory_table: the records of one shard of the embedded store: index, eviction queue and account
// of bytes.
//
// Promises: bytes() is the sum of the charges of its records, always; a dead record is never
// returned; the order of eviction is SIEVE's. Owns its records. Pure: time comes in, nothing goes
// out. Not thread-safe. It does not limit its own size: the store that owns all shards does,
// through evict_one().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/cache/record.hpp"
#include "herdgate/core/cache/record_index.hpp"
#include "herdgate/core/cache/sieve_queue.hpp"

namespace herdgate {

class memory_table {
  public:
    memory_table() = default;
    ~memory_table();
    memory_table(const memory_table&) = delete;
    memory_table& operator=(const memory_table&) = delete;

    /// The key's record, marked as visited; nullptr if there is none. A dead one is erased.
    /// Allocates nothing.
    record* find(const hashed_key& key, redis_time now) noexcept;

    /// Stores a client's own string in place of whatever the key holds. An overwrite counts as a
    /// visit.
    void put_plain(const hashed_key& key, shared_bytes value, redis_time last_use);

    /// Stores an entry in place of whatever the key holds.
    void put_entry(const hashed_key& key, shared_bytes value, entry_part part);

    void erase(record& r) noexcept;

    /// Erases the record that SIEVE names. Returns the bytes this freed; 0 = there is no record.
    std::size_t evict_one() noexcept;

    /// Examines some records (about `budget`, and a chain more at most) and erases the dead ones.
    /// Goes on at the next call where this one ended. Returns how many were examined.
    std::size_t expire_some(redis_time now, std::size_t budget) noexcept;

    /// Visits records by cursor; see record_index::scan.
    template <typename Visit>
    std::uint64_t scan(std::uint64_t cursor, Visit&& visit) const {
        return index_.scan(cursor, visit);
    }

    void erase_database(std::uint16_t database) noexcept;

    std::size_t size() const noexcept { return index_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }
    std::uint64_t evictions() const noexcept { return evictions_; }
    std::uint64_t expired() const noexcept { return expired_; }
    /// Records of a database that hold a value, dead ones that nobody has met yet included.
    std::size_t values(std::uint16_t database) const noexcept { return values_[database]; }

  private:
    record& slot(const hashed_key& key, bool is_entry);
    void leave(const record& r) noexcept;
    void join(const record& r) noexcept;
    void expire(record& r) noexcept;

    record_index index_;
    sieve_queue queue_;
    std::size_t bytes_ = 0;
    std::size_t mortal_ = 0;  ///< records that will die: without any, there is nothing to expire
    std::array<std::size_t, limits::databases> values_{};
    std::uint64_t expiry_cursor_ = 0;
    std::uint64_t evictions_ = 0;
    std::uint64_t expired_ = 0;
};

}  // namespace herdgate
