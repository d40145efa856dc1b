// SPDX-License-Identifier: Apache-2.0
//
// config_node: a YAML document as the decoder sees it: scalars, sequences, mappings, each with its
// place. Says nothing about what the settings mean; keeps what YAML libraries tend to lose
// (duplicate keys, quotes). Made by io/yaml_tree.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/text_error.hpp"
#include "herdgate/core/config/diagnostic.hpp"

namespace herdgate {

struct config_node {
    enum class kind { null, scalar, sequence, mapping };

    kind type = kind::null;
    std::string text;  ///< of a scalar, before substitution
    bool quoted =
        false;  ///< a scalar in quotes or a block: never a number, word or null by accident
    source_place at;
    /// Where `text` stands in its line byte for byte (so that offsets into it are columns); 0: it
    /// does not.
    std::size_t text_column = 0;
    std::vector<config_node> keys;  ///< of a mapping, in file order, duplicates included
    std::vector<config_node>
        items;  ///< of a sequence; of a mapping, the values in the order of `keys`

    /// The value of a mapping's first key `name`, or nullptr.
    config_node* find(std::string_view name) noexcept;
};

/// One setting given from outside the file (--set path=value): "log.level", "routes[0].ttl".
struct config_override {
    std::string path;
    std::string value;
};

/// Reads "path=value".
boost::system::result<config_override, text_error> parse_override(std::string_view text);

/// Puts the value at its path: creates mappings that are missing, replaces what is there. A list's
/// element must exist, or be the next one. The new nodes have no place in the file (line 0).
boost::system::result<void, text_error> apply_override(config_node& root,
                                                       const config_override& change);

}  // namespace herdgate
