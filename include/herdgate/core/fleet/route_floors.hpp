// SPDX-License-Identifier: Apache-2.0
//
// route_floors: up to when whole routes, and tags, have been said to be out of date. An entry whose
// load began before its route's floor is as good as gone, or stale; so a message about a route
// costs the same however many entries there are, and none of them is touched.
//
//     load begins     floor `stale` moves here     load begins
//         | entry: stale ───────|─────────────────────| entry: fresh
//
// Tags have no bound: they share a fixed number of floors, chosen by the tag's hash (XXH3, seed 0;
// the same in every process). Two tags that meet are invalidated together: a load too many.
//
// Shared by a process's workers: read without a lock. Floors only rise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>

#include <string_view>

#include "herdgate/core/base/hash.hpp"
#include "herdgate/core/base/time.hpp"

namespace herdgate {

/// Of one route, on the store's clock. The epoch: there is none.
struct route_floor {
    redis_time gone{};   ///< what was loaded before is not served any more
    redis_time stale{};  ///< what was loaded before is not fresh any more; not before `gone`
};

/// How many floors the tags of a process share.
inline constexpr std::size_t tag_slots = 65'536;
inline std::size_t slot_of_tag(std::string_view tag) noexcept {
    return hash_bytes(tag, 0) % tag_slots;
}

class route_floors {
  public:
    /// The floor of route r is number r; those of tags, if there are any, come after.
    route_floors(std::size_t routes, bool tags)
        : routes_(routes), floors_(routes + (tags ? tag_slots : 0)) {}

    bool has_tags() const noexcept { return floors_.size() > routes_; }
    std::size_t of_slot(std::size_t slot) const noexcept { return routes_ + slot; }
    std::size_t of_tag(std::string_view tag) const noexcept { return of_slot(slot_of_tag(tag)); }

    /// When this process heard that a floor had risen.
    steady_time heard(std::size_t floor) const noexcept {
        return steady_time{nanoseconds{floors_[floor].heard.load()}};
    }

    route_floor of(std::size_t route) const noexcept {
        const one& f = floors_[route];
        return {at(f.gone), at(f.stale)};
    }

    /// Whether any route has one.
    bool any() const noexcept { return any_.load(std::memory_order_relaxed); }

    /// True if it rose.
    bool raise(std::size_t route, const route_floor& to, steady_time now) noexcept {
        one& f = floors_[route];
        if (to.stale > at(f.stale)) f.heard = now.time_since_epoch().count();
        if (to.stale > redis_time{}) any_ = true;
        const bool gone = raise(f.gone, to.gone);
        return raise(f.stale, to.stale) || gone;
    }

  private:
    using number = std::atomic<std::int64_t>;
    struct one {
        number gone{0};
        number stale{0};
        number heard{0};
    };

    static redis_time at(const number& n) noexcept { return redis_time{milliseconds{n.load()}}; }
    static bool raise(number& n, redis_time to) noexcept {
        const std::int64_t wanted = to.time_since_epoch().count();
        std::int64_t known = n.load();
        while (known < wanted)
            if (n.compare_exchange_weak(known, wanted)) return true;
        return false;
    }

    std::size_t routes_;
    std::atomic<bool> any_{false};
    std::deque<one> floors_;  ///< by route index, then by tag slot
};

}  // namespace herdgate
