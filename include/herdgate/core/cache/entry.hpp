// SPDX-License-Identifier: Apache-2.0
//
// entry: what the store keeps for one routed key, and the one decision about it: what may a reader
// get now?
//
//        filled          fresh_until          revalidate_until          error_until
//            |── fresh ──────|── stale, revalidate ───|── stale, if error ──────|── absent
//
// The windows are absolute times on the store's clock, fixed when the entry is filled, so that
// every reader agrees. revalidate_until and error_until may come in either order; neither lies
// before fresh_until.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "herdgate/core/base/shared_bytes.hpp"
#include "herdgate/core/base/time.hpp"

namespace herdgate {

struct load_terms;
struct route_policy;

/// A key within a database. The bytes are not owned.
struct entry_key {
    std::uint16_t database = 0;
    std::string_view key;
};

/// Everything that is needed to judge an entry. A time at its epoch means "never".
struct entry_meta {
    redis_time began{};  ///< when the load that it is from was given its lease, or it was written
    redis_time fresh_until{};
    redis_time revalidate_until{};
    redis_time error_until{};
    redis_time retry_at{};       ///< after a failed load: none is started before this
    std::uint32_t failures = 0;  ///< consecutive failed loads
    milliseconds load_time{};    ///< how long the last successful load took

    bool operator==(const entry_meta&) const = default;
};

/// The right to load one key. 0 = nobody holds it.
using lease_token = std::uint64_t;

/// A snapshot of an entry. `negative` and a value exclude each other; an entry may have neither (a
/// stub that remembers a failed load).
struct entry {
    shared_bytes value;
    bool negative = false;
    entry_meta meta;
    std::string reason;  ///< why the last load failed; empty if it did not
    /// Until meta.fresh_until: the origin's answers may not be stored, so that readers do not wait
    /// for one another. Has no value.
    bool uncacheable = false;
    shared_bytes notes;  ///< what the origin said beside the value: see entry_notes.hpp
    /// In a shared store: changes with every load and write. 0 = there is nothing.
    std::uint64_t stamp = 0;
};

/// Where a near cache's copy of an entry comes from: how long, and under which link, it may be
/// served without a look at the store. The embedded store's own entries have the default.
struct copy_mark {
    std::uint32_t worker = 0;  ///< whose link it was read through
    std::uint32_t epoch = 0;  ///< of that link: a later one means that changes may have been missed
    steady_time until = steady_time::max();  ///< the copy's own maximum age
};

/// Up to when entries were invalidated together (a route's, or those that have a tag), on the
/// store's clock. The epoch: never.
struct route_floor {
    redis_time gone{};   ///< what was loaded before is not served any more
    redis_time stale{};  ///< what was loaded before is not fresh any more; not before `gone`
};

/// What an entry is at one moment. A closed set: every reader gets one of these.
enum class freshness : std::uint8_t {
    fresh,             ///< serve it
    stale_revalidate,  ///< serve it at once, refresh in the background
    stale_if_error,    ///< only for want of better: load first
    negative,          ///< known not to exist: nil
    uncacheable,       ///< load for this reader alone
    absent,            ///< nothing usable is known: load
};

/// Judges an entry. Pure: depends on its arguments only.
freshness judge(const entry& e, redis_time now) noexcept;

/// When an entry stops being of any use: the store may forget it then. A failed load is remembered
/// for a while beyond its retry_at, so that the next failure backs off further.
/// `known`: it has a value, is negative or uncacheable.
redis_time useful_until(const entry_meta& meta, bool has_value, bool known) noexcept;
inline redis_time useful_until(const entry& e) noexcept {
    return useful_until(e.meta, static_cast<bool>(e.value), e.negative || e.uncacheable);
}

/// The metadata of a value that was written by a client just now.
/// `ttl`: the time it is fresh for; the stale windows follow it as the policy says.
entry_meta filled_meta(const route_policy& policy, redis_time now, milliseconds ttl,
                       milliseconds load_time) noexcept;

/// The metadata of a value that was loaded just now: TTL and windows are those of the terms where
/// they say, else the policy's. Of the TTL up to the policy's jitter is taken off by chance.
/// `chance`: uniform in [0, 1).
entry_meta loaded_meta(const route_policy& policy, const load_terms& terms, redis_time now,
                       milliseconds load_time, double chance) noexcept;

/// The metadata of a key that the origin says does not exist: fresh for the policy's negative TTL,
/// less the jitter; no stale windows.
entry_meta negative_meta(const route_policy& policy, redis_time now, milliseconds load_time,
                         double chance = 0) noexcept;

/// The metadata of a key whose answers may not be stored: remembered for a minute.
entry_meta uncacheable_meta(redis_time now, milliseconds load_time) noexcept;

/// The metadata after one more failed load: windows kept, `failures` counted, `retry_at` moved by
/// first * 2^(failures - 1), at most `max`, of which up to a fifth is taken off by chance; or by
/// what the origin asked for, if that is longer, but not beyond `max`.
/// `chance`: uniform in [0, 1).
entry_meta failed_meta(const route_policy& policy, entry_meta previous, redis_time now,
                       double chance, milliseconds asked_for = milliseconds{0}) noexcept;

/// Whether a read should have an entry that is still fresh loaded anew: `refresh.ahead` with its
/// probability, or `refresh.xfetch`, with the measured load time in the place of delta (Vattani,
/// Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede Prevention, VLDB 2015, fig. 1).
/// `chance`: uniform in [0, 1).
bool refresh_early(const route_policy& policy, const entry_meta& meta, redis_time now,
                   double chance) noexcept;

/// Whether a read within `sliding.window` of an entry's end moves it.
bool slides(const route_policy& policy, const entry_meta& meta, redis_time now) noexcept;

/// The metadata after such a read: fresh for `sliding.extend` from now, but not beyond
/// `sliding.max_age` from when its load began; the stale windows move along.
entry_meta slid_meta(const route_policy& policy, entry_meta meta, redis_time now) noexcept;

/// What is left of an entry after it was invalidated as a whole with others (route_floors): what
/// began at or before `stale` is fresh no longer, what began at or before `gone` is not served.
void apply_floor(entry& e, const route_floor& floor) noexcept;

}  // namespace herdgate
