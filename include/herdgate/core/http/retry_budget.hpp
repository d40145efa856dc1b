// SPDX-License-Identifier: Apache-2.0
//
// retry_budget: keeps further requests a small part of all, so that an origin in trouble is not
// asked twice as much just then. After Finagle's RetryBudget: of the requests of the last ten
// seconds, a share may be retries; a small number is always allowed, so that a quiet route has
// retries too.
//
//     seconds   |  -9 |  -8 |  …  |  -1 | now |      ten slots, each a second's requests and
//     retries
//
// Pure: time comes in as a value, and may stand still but not run backwards. Eighty numbers,
// whatever the traffic.
#pragma once

#include <array>
#include <cstdint>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

class retry_budget {
  public:
    static constexpr std::int64_t window_seconds = 10;
    static constexpr std::uint64_t floor = 3;  ///< retries in a window that are always allowed

    /// `share` of the requests, in hundredths of a percent.
    explicit retry_budget(std::int64_t share) noexcept
        : share_(static_cast<std::uint64_t>(share)) {}

    /// A load has begun: its first request.
    void on_request(steady_time now) noexcept;

    /// Whether one more retry may go out now; if so, it is counted.
    bool take(steady_time now) noexcept;

  private:
    struct slot {
        std::int64_t second = -1;
        std::uint64_t requests = 0;
        std::uint64_t retries = 0;
    };

    slot& current(steady_time now) noexcept;

    std::uint64_t share_;
    std::array<slot, window_seconds> slots_{};
};

/// The pause before the retry of that number (1 is the first): uniform in [0, 25 ms), then twice as
/// long with each, at most 250 ms, as in Envoy ("fully jittered exponential back-off"). `chance` is
/// in [0, 1).
milliseconds retry_pause(std::uint32_t number, double chance) noexcept;

}  // namespace herdgate
