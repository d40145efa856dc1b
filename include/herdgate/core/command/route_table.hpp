// SPDX-License-Identifier: Apache-2.0
//
// route_table: finds the route that claims a key; the first in file order wins. Built once from the configuration,
// read by all workers without locks. The cost of a look-up does not grow with the number of routes that share no literal
// prefix with the key.
#pragma once

#include <string_view>
#include <vector>

#include "herdgate/core/command/route_pattern.hpp"

namespace herdgate {

struct route;

class route_table {
  public:
    /// Keeps references: `routes` outlives the table and does not change.
    explicit route_table(const std::vector<route>& routes);

    /// The route that claims `key`, or nullptr. Fills `out` with what its pattern captured (views into `key`).
    const route* find(std::string_view key, captures& out) const;

    /// The same where the captures are of no interest. Allocates nothing.
    const route* find(std::string_view key) const;

  private:
    const std::vector<route>& routes_;
};

}  // namespace herdgate
