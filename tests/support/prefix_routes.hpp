// SPDX-License-Identifier: Apache-2.0
//
// One route, "products", that claims every key that begins with "product:". Stands in for the real
// route_table where a test is about what handlers do with a routed key, not about how routes match.
#pragma once

#include <vector>

#include "herdgate/core/command/route_table.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate::test {

class prefix_routes {
  public:
    prefix_routes() : routes_(1), table_(routes_) { routes_[0].name = "products"; }

    route_policy& policy() { return routes_[0].policy; }
    const route_table* table() const { return &table_; }

  private:
    std::vector<route> routes_;
    route_table table_;
};

}  // namespace herdgate::test
