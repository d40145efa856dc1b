// SPDX-License-Identifier: Apache-2.0
//
// route_pattern: which keys a route claims, and what it captures from them. {x} takes one segment, up to the next
// literal; {x*} takes the rest. The whole key must match. Matching is linear in the key's length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace herdgate {

/// What a pattern captured, in the order of its names. Views into the key.
using captures = std::vector<std::string_view>;

class route_pattern {
  public:
    /// To be completed by the configuration's decoder.
    bool match(std::string_view key, captures& out) const;
};

}  // namespace herdgate
