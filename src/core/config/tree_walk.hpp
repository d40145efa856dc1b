// SPDX-License-Identifier: Apache-2.0
//
// tree_walk: goes through a document with the field table in hand, and fills the draft. Checks
// shape, names, types and ranges; what depends on several settings is checked afterwards
// (finish.hpp).
#pragma once

#include <string>
#include <string_view>

#include "diagnostics.hpp"
#include "draft.hpp"
#include "herdgate/core/config/field_table.hpp"
#include "herdgate/core/config/substitution.hpp"

namespace herdgate {

class tree_walk {
  public:
    tree_walk(const config_environment& outside, diagnostic_list& found, config_draft& draft)
        : outside_(outside), found_(found), draft_(draft) {}

    /// `section`: path in the field table; `path`: the same with element numbers.
    void mapping(const config_node& node, std::string_view section, const std::string& path);

  private:
    bool name_is_usable(const config_node& node, std::size_t i, const std::string& path);
    void unknown(const config_node& key, std::string_view section, const std::string& path);
    void setting(const field& f, const config_node& node, const std::string& path);
    void section(const field& f, const config_node& node, const std::string& path);
    void section_list(const field& f, const config_node& node, const std::string& path);
    void scalar_list(const field& f, const config_node& node, const std::string& path);
    void free_mapping(const field& f, const config_node& node, const std::string& path);
    void enter(const field& f, const config_node& node, const std::string& path);
    void scalar(const field& f, const config_node& node, config_scalar value);
    bool text_of(const field& f, config_scalar& value);
    /// True without doing anything for fields that are not numbers.
    bool number_of(const field& f, config_scalar& value);
    bool choice_of(const field& f, config_scalar& value);

    const config_environment& outside_;
    diagnostic_list& found_;
    config_draft& draft_;
};

}  // namespace herdgate
