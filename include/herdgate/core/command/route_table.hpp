// SPDX-License-Identifier: Apache-2.0
//
// route_table: finds the route that claims a key; the first in file order wins. Built once from the
// configuration, read by all workers without locks. The cost of a look-up does not grow with the
// number of routes that share no literal prefix with the key: only routes whose literal prefix the
// key starts with are tried.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "herdgate/core/command/prefix_index.hpp"
#include "herdgate/core/command/route_pattern.hpp"

namespace herdgate {

struct route;

class route_table {
  public:
    /// Keeps references: `routes` outlives the table and does not change.
    explicit route_table(const std::vector<route>& routes);

    /// The route that claims `key`, or nullptr, also if that route is only tried out (`dry_run`).
    /// Fills `out` with what its pattern captured (views into `key`).
    const route* find(std::string_view key, captures& out) const;

    /// The same where the captures are of no interest. Allocates nothing.
    const route* find(std::string_view key) const;

    /// The route that would claim `key` if it were not only tried out, or nullptr.
    const route* find_dry(std::string_view key) const;

  private:
    const route* first_match(std::string_view key) const;

    const std::vector<route>& routes_;
    prefix_index index_;
};

/// A route that can never be chosen, and the earlier one that claims every key it could claim.
/// Positions in the file.
struct unreachable_route {
    std::size_t route = 0;
    std::size_t claimed_by = 0;
};

/// Finds such routes: each one listed is unreachable; not every unreachable one is listed (see
/// route_pattern::covers).
std::vector<unreachable_route> unreachable_routes(const std::vector<route>& routes);

}  // namespace herdgate
