// SPDX-License-Identifier: Apache-2.0
//
// record: one key of the embedded store. Plain (a client's own string) or an entry (of a routed
// key).
//
//   plain   | next newer older value last_use hash key_size | key bytes |
//   entry   | next newer older value last_use hash key_size | entry_part | key bytes |
//
// One allocation holds everything but the value, which readers share. A plain record stays small:
// what only entries need is not in it. Records are owned by the memory_table that made them; the
// links belong to its index and its queue.
//
// charge() is what a record is accounted for: an honest estimate of the heap it takes, including
// the allocator's share and that of the index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/base/shared_bytes.hpp"
#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/entry.hpp"

namespace herdgate {

/// A key with the hash of its database and bytes, computed once per command.
struct hashed_key {
    std::uint64_t hash = 0;
    entry_key key;
};

/// The last millisecond of a record that does not expire.
inline constexpr redis_time never = redis_time::max();

/// What a routed key's record holds beyond a plain one.
struct entry_part {
    entry_meta meta;
    copy_mark copy;
    shared_bytes reason;  ///< why the last load failed; none if it did not
    shared_bytes notes;   ///< see entry
    bool negative = false;
    bool uncacheable = false;
    std::uint32_t read_at = 0;  ///< when it was last looked at, in seconds of the store's clock
};

struct record {
    record* next = nullptr;   ///< in the bucket's chain
    record* newer = nullptr;  ///< in the eviction queue, towards its head
    record* older = nullptr;  ///< in the eviction queue, towards its tail
    shared_bytes value;
    redis_time last_use = never;  ///< the record is dead once now is past this
    std::uint32_t hash : 28;      ///< low bits of the key's hash: enough for 2^28 buckets
    std::uint32_t database : 4;
    std::uint32_t key_size : 30;
    std::uint32_t is_entry : 1;
    std::uint32_t visited : 1;  ///< SIEVE's bit: read since the hand last passed

    static constexpr std::uint64_t hash_mask = (std::uint64_t{1} << 28) - 1;
    /// Two allocations, each with 8 bytes of header and 7.5 of rounding on average, and a bucket's
    /// pointer at the index's average load.
    static constexpr std::size_t allocator_and_index_bytes = 31 + 12;

    /// A record without a value. Throws std::bad_alloc.
    static record* create(const hashed_key& key, bool is_entry);
    static void destroy(record* r) noexcept;

    record(const record&) = delete;
    record& operator=(const record&) = delete;

    std::string_view key() const noexcept;
    bool matches(const hashed_key& k) const noexcept {
        return hash == (k.hash & hash_mask) && database == k.key.database && key() == k.key.key;
    }
    bool dead(redis_time now) const noexcept { return now > last_use; }

    /// Entries only.
    entry_part& part() noexcept { return *reinterpret_cast<entry_part*>(this + 1); }
    const entry_part& part() const noexcept {
        return *reinterpret_cast<const entry_part*>(this + 1);
    }
    /// Entries only: sets when the record dies from what it holds.
    void date() noexcept;
    /// Whether a client sees a value here: a plain record's, or an entry's within any of its
    /// windows.
    bool servable(redis_time now) const noexcept;
    /// Bytes this record is accounted for.
    std::size_t charge() const noexcept;

  private:
    record() noexcept = default;
    ~record() = default;
};

/// Bytes that a plain record costs beyond its key and its value.
inline constexpr std::size_t plain_record_overhead =
    sizeof(record) + shared_bytes::overhead + record::allocator_and_index_bytes;

static_assert(limits::databases <= 16, "a record keeps its database in 4 bits");
static_assert(plain_record_overhead < 100, "the promise of the store's memory");
static_assert(alignof(entry_part) <= alignof(record) && sizeof(record) % alignof(entry_part) == 0);

}  // namespace herdgate
