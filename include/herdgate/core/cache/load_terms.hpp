// SPDX-License-Identifier: Apache-2.0
//
// load_terms: what an origin says about its answer, beside the value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/validators.hpp"

namespace herdgate {

/// Where it says nothing, the route does.
struct load_terms {
    std::optional<milliseconds> ttl;  ///< how long the answer is fresh; none: as the route says
    std::optional<milliseconds> while_revalidate;  ///< the stale windows, likewise
    std::optional<milliseconds> if_error;
    bool storable = true;  ///< false: for who asked only; each reader needs a load of their own
    validators known;
    std::vector<std::string> tags;   ///< at most 64, of at most 256 printable bytes, no blanks
    std::uint32_t dropped_tags = 0;  ///< that the answer had beyond these bounds
};

}  // namespace herdgate
