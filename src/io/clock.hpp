// SPDX-License-Identifier: Apache-2.0
//
// clock: the one place where time is read. Steady time from the monotonic clock; the embedded
// store's time is the wall clock at start plus steady time since, so that a step of the wall clock
// moves no entry's life.
#pragma once

#include <chrono>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

class store_clock {
  public:
    store_clock() noexcept
        : wall_start_(std::chrono::duration_cast<milliseconds>(
              std::chrono::system_clock::now().time_since_epoch())),
          steady_start_(steady_now()) {}

    instant now() const noexcept {
        const steady_time steady = steady_now();
        const auto since = std::chrono::duration_cast<milliseconds>(steady - steady_start_);
        return {steady, redis_time{wall_start_ + since}};
    }

    static steady_time steady_now() noexcept {
        return steady_time{std::chrono::steady_clock::now().time_since_epoch()};
    }

    /// The same moment for timers of the event loop.
    static std::chrono::steady_clock::time_point timer_time(steady_time t) noexcept {
        return std::chrono::steady_clock::time_point{t.time_since_epoch()};
    }

  private:
    milliseconds wall_start_;
    steady_time steady_start_;
};

}  // namespace herdgate
