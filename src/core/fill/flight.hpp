// SPDX-License-Identifier: Apache-2.0
//
// One flight, for the files that implement flights.
#pragma once

#include <string>
#include <vector>

#include "herdgate/core/config/config.hpp"
#include "herdgate/core/fill/flights.hpp"

namespace herdgate {

/// One load in progress and everybody who waits for it. In by_id_ until it has ended; in attached_
/// as long as later reads may join it.
struct flights::flight {
    flight_id id;
    std::string name;  ///< database and key
    const route* r;
    lease_token token;
    fill_machine machine;
    load_call call;
    bool attached = true;
    bool queued = false;  ///< waits for its turn to load
    bool reached_origin = false;
    steady_time load_started{};
    steady_time turn_deadline = steady_time::max();  ///< of the wait for its turn
    steady_time look_again_at = steady_time::max();
    steady_time renew_at = steady_time::max();  ///< the lease
    steady_time alarm = steady_time::max();     ///< the earliest one set in alarms_
    std::vector<waiter> waiters;                ///< in the order of their deadlines
    std::size_t gone = 0;                       ///< waiters that timed out, at the front
    std::size_t uncounted = 0;  ///< readers whose outcome the look at the entry will tell

    entry_key key() const noexcept {
        const auto low = static_cast<unsigned char>(name[0]);
        const auto high = static_cast<unsigned char>(name[1]);
        return {static_cast<std::uint16_t>(low | high << 8), std::string_view{name}.substr(2)};
    }
    std::size_t waiting() const noexcept { return waiters.size() - gone; }
};

}  // namespace herdgate
