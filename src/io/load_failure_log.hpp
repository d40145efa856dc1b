// SPDX-License-Identifier: Apache-2.0
//
// load_failure_log: tells the log why loads fail, at most once a second per route; what was left
// out is counted.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

struct route;

class load_failure_log {
  public:
    explicit load_failure_log(std::size_t routes) : last_(routes) {}
    void failed(const route& r, std::string_view reason, steady_time now);

  private:
    struct state {
        steady_time said{};
        std::uint64_t left_out = 0;
    };
    std::vector<state> last_;  ///< by route index
};

}  // namespace herdgate
