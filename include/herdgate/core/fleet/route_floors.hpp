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
// the same in every process). Two tags that meet are invalidated together: a load too many. Those
// floors are made when the first tag is invalidated.
//
// Shared by a process's workers: read without a lock. Floors only rise.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

#include "herdgate/core/base/hash.hpp"
#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/entry.hpp"

namespace herdgate {

/// How many floors the tags of a process share.
inline constexpr std::size_t tag_slots = 65'536;
inline std::size_t slot_of_tag(std::string_view tag) noexcept {
    return hash_bytes(tag, 0) % tag_slots;
}

class route_floors {
  public:
    explicit route_floors(std::size_t routes) : routes_(routes) {}
    ~route_floors() { delete[] tags_.load(); }
    route_floors(const route_floors&) = delete;
    route_floors& operator=(const route_floors&) = delete;

    /// Whether there is any.
    bool any() const noexcept { return any_.load(std::memory_order_relaxed); }

    route_floor of_route(std::size_t route) const noexcept { return routes_[route].get(); }

    route_floor of_tag(std::string_view tag) const noexcept {
        const one* tags = tags_.load();
        return tags == nullptr ? route_floor{} : tags[slot_of_tag(tag)].get();
    }

    void raise_route(std::size_t route, const route_floor& to) noexcept {
        routes_[route].raise(to);
        any_ = true;
    }

    void raise_slot(std::size_t slot, const route_floor& to) {
        if (tags_.load() == nullptr) {
            auto made = std::make_unique<one[]>(tag_slots);
            one* none = nullptr;
            if (tags_.compare_exchange_strong(none, made.get())) static_cast<void>(made.release());
        }
        tags_.load()[slot].raise(to);
        any_ = true;
    }

  private:
    using number = std::atomic<std::int64_t>;
    struct one {
        number gone{0};
        number stale{0};

        route_floor get() const noexcept { return {at(gone), at(stale)}; }
        void raise(const route_floor& to) noexcept {
            raise_one(gone, to.gone);
            raise_one(stale, to.stale);
        }
    };

    static redis_time at(const number& n) noexcept { return redis_time{milliseconds{n.load()}}; }
    static void raise_one(number& n, redis_time to) noexcept {
        const std::int64_t wanted = to.time_since_epoch().count();
        std::int64_t known = n.load();
        while (known < wanted && !n.compare_exchange_weak(known, wanted)) {
        }
    }

    std::atomic<bool> any_{false};
    std::deque<one> routes_;
    std::atomic<one*> tags_{nullptr};
};

}  // namespace herdgate
