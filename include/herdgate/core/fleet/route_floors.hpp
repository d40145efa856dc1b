// SPDX-License-Identifier: Apache-2.0
//
// route_floors: up to when whole routes have been said to be out of date. An entry whose load began
// before its route's floor is as good as gone, or stale; so a message about a route costs the same
// however many entries there are, and none of them is touched.
//
//     load begins     floor `stale` moves here     load begins
//         | entry: stale ───────|─────────────────────| entry: fresh
//
// Shared by a process's workers: read without a lock. Floors only rise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

/// Of one route, on the store's clock. The epoch: there is none.
struct route_floor {
    redis_time gone{};   ///< what was loaded before is not served any more
    redis_time stale{};  ///< what was loaded before is not fresh any more; not before `gone`
};

class route_floors {
  public:
    explicit route_floors(std::size_t routes) : floors_(routes) {}

    route_floor of(std::size_t route) const noexcept {
        const one& f = floors_[route];
        return {at(f.gone), at(f.stale)};
    }

    /// Whether any route has one.
    bool any() const noexcept { return any_.load(std::memory_order_relaxed); }

    /// True if it rose.
    bool raise(std::size_t route, const route_floor& to) noexcept {
        one& f = floors_[route];
        if (to.stale > redis_time{}) any_ = true;
        const bool gone = raise(f.gone, to.gone);
        return raise(f.stale, to.stale) || gone;
    }

  private:
    using number = std::atomic<std::int64_t>;
    struct one {
        number gone{0};
        number stale{0};
    };

    static redis_time at(const number& n) noexcept { return redis_time{milliseconds{n.load()}}; }
    static bool raise(number& n, redis_time to) noexcept {
        const std::int64_t wanted = to.time_since_epoch().count();
        std::int64_t known = n.load();
        while (known < wanted)
            if (n.compare_exchange_weak(known, wanted)) return true;
        return false;
    }

    std::atomic<bool> any_{false};
    std::deque<one> floors_;  ///< by route index
};

}  // namespace herdgate
