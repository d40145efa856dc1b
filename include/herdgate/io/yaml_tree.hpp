// SPDX-License-Identifier: Apache-2.0
//
// parse_yaml: from text to the tree that the decoder reads. Strict where YAML is lax: one document,
// UTF-8, no tags, no control bytes. Aliases are expanded, up to max_yaml_nodes nodes altogether.
// Never throws on account of the text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "herdgate/core/config/config_tree.hpp"
#include "herdgate/core/config/diagnostic.hpp"

namespace herdgate {

inline constexpr std::size_t max_yaml_nodes = 100'000;

struct yaml_result {
    std::optional<config_node> root;  ///< set if and only if there are no diagnostics
    std::vector<diagnostic> diagnostics;
};

yaml_result parse_yaml(std::string_view text);

}  // namespace herdgate
