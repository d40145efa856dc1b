// SPDX-License-Identifier: Apache-2.0
//
// clock_samples: estimates how far Redis's clock is from this process's steady clock, from TIME's
// answers. An answer that came fast says more than one that came slowly: of the last few, the one
// with the smallest round trip counts (as NTP's clock filter does, RFC 5905 section 10). An answer
// that contradicts it means that Redis's clock has jumped: then it alone counts.
#pragma once

#include <array>
#include <cstddef>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

class clock_samples {
  public:
    /// `sent`, `received`: when TIME was asked for and answered; `read`: what it said, since 1970.
    /// Returns the offset to add to the steady clock.
    nanoseconds add(steady_time sent, steady_time received, nanoseconds read) noexcept;

    void clear() noexcept { count_ = 0; }

  private:
    struct sample {
        nanoseconds offset;
        nanoseconds round_trip;
    };
    std::array<sample, 8> samples_{};
    std::size_t count_ = 0;
    std::size_t next_ = 0;
};

}  // namespace herdgate
