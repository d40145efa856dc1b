// SPDX-License-Identifier: Apache-2.0
//
// route_table for tests that link no real one; see prefix_routes.hpp.
#include "support/prefix_routes.hpp"

namespace herdgate {

route_table::route_table(const std::vector<route>& routes) : routes_(routes) {}

const route* route_table::find(std::string_view key) const {
    return key.starts_with("product:") ? &routes_[0] : nullptr;
}

}  // namespace herdgate
