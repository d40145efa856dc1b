// SPDX-License-Identifier: Apache-2.0
//
// One route, "products", that claims every key that begins with "product:". For tests about
// what handlers do with a routed key, not about how routes match.
#pragma once

#include <vector>

#include "herdgate/core/command/route_table.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate::test {

class prefix_routes {
  public:
    prefix_routes() : routes_(make_routes()), table_(routes_) {}

    route_policy& policy() { return routes_[0].policy; }
    const route_table* table() const { return &table_; }

  private:
    static std::vector<route> make_routes() {
        std::vector<route> routes(1);
        routes[0].name = "products";
        routes[0].match = *route_pattern::parse("product:{id*}");
        return routes;
    }

    std::vector<route> routes_;
    route_table table_;
};

}  // namespace herdgate::test
