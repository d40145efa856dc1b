// SPDX-License-Identifier: Apache-2.0
//
// clock: the one place where time is read. Steady time from the monotonic clock; the store's time
// is steady time plus an offset: with the embedded store, that of the wall clock at start, so that
// a step of the wall clock moves no entry's life; with Redis, what Redis's own clock says.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

class store_clock {
  public:
    store_clock() noexcept
        : offset_(nanoseconds{std::chrono::system_clock::now().time_since_epoch()} -
                  steady_now().time_since_epoch()) {}

    instant now() const noexcept {
        const steady_time steady = steady_now();
        const nanoseconds since_1970 = steady.time_since_epoch() + offset_.load();
        return {steady, redis_time{std::chrono::duration_cast<milliseconds>(since_1970)}};
    }

    /// From any thread: the store's clock is the steady clock plus this.
    void set_offset(nanoseconds offset) noexcept { offset_ = offset; }

    static steady_time steady_now() noexcept {
        return steady_time{std::chrono::steady_clock::now().time_since_epoch()};
    }

    /// Seconds since the Unix epoch, to compare with dates that others write.
    static std::int64_t wall_seconds() noexcept {
        return std::chrono::duration_cast<seconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }

    /// The same moment for timers of the event loop.
    static std::chrono::steady_clock::time_point timer_time(steady_time t) noexcept {
        return std::chrono::steady_clock::time_point{t.time_since_epoch()};
    }

  private:
    std::atomic<nanoseconds> offset_;
};

}  // namespace herdgate
