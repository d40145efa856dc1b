// SPDX-License-Identifier: Apache-2.0
//
// flight: one load in progress and everybody who waits for it. What happens to it is in flights.cpp
// (its life), flights_loads.cpp (its load) and flights_waiters.cpp (its readers).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/config/config.hpp"
#include "herdgate/core/fill/flights.hpp"

namespace herdgate {

/// A flight's name.
inline std::string name_of(entry_key key) {
    std::string name;
    name.reserve(2 + key.key.size());
    name += static_cast<char>(key.database & 0xff);
    name += static_cast<char>(key.database >> 8);
    name += key.key;
    return name;
}

/// The key in a flight's name. Not owned.
inline entry_key key_in(std::string_view name) noexcept {
    const auto low = static_cast<unsigned char>(name[0]);
    const auto high = static_cast<unsigned char>(name[1]);
    return {static_cast<std::uint16_t>(low | high << 8), name.substr(2)};
}

/// In by_id_ until it has ended; in attached_
/// as long as later reads may join it.
struct flights::flight {
    flight_id id;
    std::string name;  ///< database and key: see key_in
    const route* r;
    lease_token token;
    redis_time early{};  ///< as in lease_request
    redis_time began{};  ///< when the lease was given, or could not be asked for
    fill_machine machine;
    load_call call;
    bool attached = true;
    bool queued = false;  ///< waits for its turn to load
    /// Where it is with its place among the fleet's loads.
    enum class place_state : std::uint8_t {
        none,      ///< needs none, or not yet, or not any more
        asking,    ///< the store was asked for one
        watching,  ///< asked to be told when its turn comes
        waiting,   ///< for that, or until look_again_at
        held,
    };
    place_state place = place_state::none;
    bool place_watched = false;  ///< the store was asked to tell
    bool place_told = false;     ///< and will
    bool place_woken = false;    ///< a wake-up came while an answer was on its way
    bool led = false;            ///< a client loads (`load: client`)
    std::uint32_t round = 0;     ///< of clients that have got that turn
    steady_time lead_until = steady_time::max();
    bool lease_lost = false;
    bool alone = false;  ///< without a lease from the start: for those who wait, nobody else
    bool reached_origin = false;
    steady_time load_started{};
    steady_time turn_deadline = steady_time::max();  ///< of the wait for its turn
    steady_time look_again_at = steady_time::max();
    steady_time renew_at = steady_time::max();  ///< the lease, and the place
    steady_time alarm = steady_time::max();     ///< the earliest one set in alarms_
    std::vector<waiter> waiters;                ///< in the order of their deadlines
    std::size_t gone = 0;                       ///< waiters that timed out, at the front
    std::vector<waiter> callers;                ///< of refreshes: hear of the end
    std::size_t uncounted = 0;  ///< readers whose outcome the look at the entry will tell

    entry_key key() const noexcept { return key_in(name); }
    /// Whether anybody minds if nothing comes of it.
    bool wanted() const noexcept { return waiting() > 0 || !callers.empty(); }
    std::size_t waiting() const noexcept { return waiters.size() - gone; }
};

}  // namespace herdgate
