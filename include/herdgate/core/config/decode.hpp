// SPDX-License-Identifier: Apache-2.0
//
// decode_config: from a YAML document's tree to a checked configuration, or to everything that is
// wrong with it. Pure: the environment and files come in as functions. Driven by the field table.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "herdgate/core/config/config.hpp"
#include "herdgate/core/config/config_tree.hpp"
#include "herdgate/core/config/diagnostic.hpp"
#include "herdgate/core/config/substitution.hpp"

namespace herdgate {

/// More diagnostics than this are not collected.
inline constexpr std::size_t max_diagnostics = 200;

struct config_report {
    std::optional<config> value;          ///< set if and only if no diagnostic is an error
    std::vector<diagnostic> diagnostics;  ///< by line and column
};

config_report decode_config(const config_node& root, const config_environment& outside);

}  // namespace herdgate
