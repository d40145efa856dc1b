// SPDX-License-Identifier: Apache-2.0
//
// quiet_log: lets one message a second through, and counts the others.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

class quiet_log {
  public:
    /// Whether to say it now; how many were left out since the last one.
    std::optional<std::uint64_t> admit(steady_time now) noexcept {
        if (said_ && now - *said_ < seconds{1}) {
            ++left_out_;
            return std::nullopt;
        }
        said_ = now;
        return std::exchange(left_out_, 0);
    }

  private:
    std::optional<steady_time> said_;
    std::uint64_t left_out_ = 0;
};

}  // namespace herdgate
