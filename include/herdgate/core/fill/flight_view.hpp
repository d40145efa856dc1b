// SPDX-License-Identifier: Apache-2.0
//
// flight_view: what can be told of a flight at one moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

struct flight_view {
    std::string_view route;  ///< of the configuration
    std::uint16_t database = 0;
    std::string key;
    std::string_view state;  ///< one word
    std::size_t waiters = 0;
    bool attached = true;            ///< later reads may join it
    milliseconds load_runs_for{-1};  ///< -1: its load has not started
};

}  // namespace herdgate
