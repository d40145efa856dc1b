// SPDX-License-Identifier: Apache-2.0
//
// memory_store: the embedded store, used where no Redis is configured. Holds clients' own strings
// and the entries of routed keys; shared by all worker threads.
//
//   key -> XXH3(secret) -> shard: { mutex, memory_table, lease_table }      64 shards; one byte
//   budget for all of them
//
// Thread-safe: every function locks the shards it needs, for a few look-ups; values leave by
// reference count, and are formatted outside. Locks of several shards are taken in ascending order
// (key_access), further ones only tried.
//
// Bounded: the charges of all records never exceed max_bytes. Room is made by SIEVE, first in the
// shard that needs it, then in the others in turn, a few records each, so that a large value does
// not empty one shard. A record above largest_record() is refused.
//
// Leases survive eviction. Any write to a key ends its lease: a load that began before the write
// cannot fill after it. Time and chance come in as values.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/acquire.hpp"
#include "herdgate/core/cache/entry.hpp"
#include "herdgate/core/cache/record.hpp"

namespace herdgate {

/// What a read of a routed key finds.
struct found_entry {
    entry e;                ///< `reason` is filled only where e is neither fresh nor negative
    lease_token lease = 0;  ///< of a load in progress; 0 = none
    copy_mark copy;
};

/// What counts as nothing to load, for those who ask for a lease.
struct acquire_limits {
    redis_time early{};  ///< an entry that is fresh until exactly then is to be loaded all the same
    route_floor floor{};  ///< applied to what is stored
};

/// Sums over all shards.
struct store_totals {
    std::size_t records = 0;
    std::size_t bytes = 0;
    std::size_t leases = 0;
    std::uint64_t evictions = 0;
    std::uint64_t expired = 0;
};

/// One step of a scan.
struct scan_page {
    std::uint64_t cursor = 0;  ///< for the next step; 0 = done
    std::vector<std::string> keys;
};

class memory_store {
  public:
    static constexpr std::size_t shards_max = 64;

    /// `secret`: random, so that clients cannot choose keys that collide.
    /// `shards`: a power of two, at most shards_max.
    memory_store(std::size_t max_bytes, std::uint64_t secret, std::size_t shards = shards_max);
    ~memory_store();
    memory_store(const memory_store&) = delete;
    memory_store& operator=(const memory_store&) = delete;

    // Entries. A plain record under the key counts as nothing here.

    /// What is stored for a routed key. Marks it as visited. Allocates nothing where the entry is
    /// fresh or negative.
    found_entry lookup(entry_key key, redis_time now);

    /// The same without a mark.
    entry peek(entry_key key, redis_time now);

    /// Takes the lease until `deadline`, unless a second look shows that there is nothing to load.
    /// `token` is not 0; a token that holds the lease already is granted it again.
    acquire_answer acquire(entry_key key, lease_token token, redis_time deadline, redis_time now,
                           const acquire_limits& limits = {});

    /// Moves the deadline. False: the lease was lost.
    bool renew(entry_key key, lease_token token, redis_time deadline);

    /// Stores a load's result (a value or a negative) and drops the lease, if `token` still holds
    /// it. A result that is of no use by now erases what was stored: the origin no longer says it.
    fill_status fill(entry_key key, lease_token token, const entry& e, redis_time now);

    /// Records a failed load and drops the lease, if `token` still holds it (false: it does not).
    /// The value stays; a key without one keeps a stub until `meta.retry_at`.
    bool fail(entry_key key, lease_token token, const entry_meta& meta, std::string_view reason,
              redis_time now);

    /// Drops the lease, if `token` holds it.
    void release(entry_key key, lease_token token);

    // Copies: this store as the near cache of a shared one, which decides about leases.

    /// Stores a copy of an entry in place of the one that is there, if it is of any use and there
    /// is room for it; else that one is erased.
    void keep(entry_key key, const entry& e, const copy_mark& mark, redis_time now);

    /// A read within the sliding window: moves the entry's end (slid_meta).
    void slide(entry_key key, const route_policy& policy, redis_time now);

    /// When an entry was last looked up; the epoch: it is not there.
    redis_time last_read(entry_key key, redis_time now);

    /// Erases a copy. True if there was one.
    bool forget(entry_key key);

    // Whole databases. Keys are seen as clients see them: plain ones, and entries with a servable
    // value.

    /// Keys of `database`; dead ones that nobody has met yet are counted, as in Redis.
    std::size_t size(std::uint16_t database) const;

    /// Looks at `buckets` buckets (at least 1), or fewer once `keys_wanted` keys were found. Begin
    /// with cursor 0. A key that exists from the first step to the last is returned at least once.
    scan_page scan(std::uint16_t database, std::uint64_t cursor, std::size_t buckets,
                   std::size_t keys_wanted, redis_time now) const;

    /// Every key, once.
    std::vector<std::string> keys(std::uint16_t database, redis_time now) const;

    /// Some key, by chance; empty = `found` is false.
    bool random_key(std::uint16_t database, std::uint64_t random, redis_time now,
                    std::string& key) const;

    /// Erases all records and leases of a database.
    void flush(std::uint16_t database);
    void flush_all();

    // Housekeeping.

    /// Examines up to about `budget` records and erases the dead ones; goes on at the next call
    /// where this one ended. Also forgets leases that ran out long ago. Call it periodically.
    /// Returns how many records were examined.
    std::size_t expire_some(redis_time now, std::size_t budget);

    store_totals totals() const;
    std::size_t max_bytes() const noexcept { return max_bytes_; }

    /// The largest charge of one record: a quarter of the budget.
    std::size_t largest_record() const noexcept { return max_bytes_ / 4; }

  private:
    friend class key_access;
    struct shard;

    hashed_key hash(entry_key key) const noexcept;
    std::size_t index_of(const hashed_key& key) const noexcept;
    shard& shard_of(const hashed_key& key) const noexcept;

    /// Evicts until `bytes` more fit. `held`: the shards that the caller has locked, `home` among
    /// them.
    bool make_room(std::size_t bytes, std::uint64_t held, std::size_t home);
    bool make_room_in(shard& s, std::size_t bytes);
    bool store_entry(const hashed_key& key, shared_bytes value, entry_part part,
                     std::uint64_t held);

    std::size_t max_bytes_;
    std::uint64_t secret_;
    std::size_t shard_count_;
    std::unique_ptr<shard[]> shards_;
    std::atomic<std::size_t> bytes_{
        0};  ///< charges of all records, and room reserved for some more
    std::atomic<std::size_t> expiring_{0};  ///< the shard whose turn it is
};

}  // namespace herdgate
