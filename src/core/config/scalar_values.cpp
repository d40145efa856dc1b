// SPDX-License-Identifier: Apache-2.0
//
// tree_walk's other half: from a scalar's text to a value of its field's type.
#include <algorithm>
#include <array>
#include <string_view>

#include "herdgate/core/config/units.hpp"
#include "tree_walk.hpp"

namespace herdgate {
namespace {

/// Words that YAML 1.1 takes for booleans. Here they are text, but who wrote them may have meant
/// otherwise.
bool boolean_word(std::string_view text) {
    constexpr std::array<std::string_view, 8> words{"yes", "no", "on",   "off",
                                                    "y",   "n",  "true", "false"};
    std::string lower{text.substr(0, 6)};
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return std::find(words.begin(), words.end(), lower) != words.end();
}

bool has_captures(field_type type) {
    return type == field_type::templated || type == field_type::templated_list ||
           type == field_type::templated_map || type == field_type::pattern;
}

/// How a field's text becomes a number; null: it stays text.
auto number_parser(field_type type) -> decltype(&parse_number) {
    switch (type) {
        case field_type::duration:
            return &parse_duration;
        case field_type::size:
            return &parse_size;
        case field_type::percent:
            return &parse_percent;
        case field_type::boolean:
            return &parse_boolean;
        case field_type::number:
        case field_type::auto_number:
        case field_type::number_list:
            return &parse_number;
        default:
            return nullptr;
    }
}

bool is_text(field_type type) {
    return type == field_type::text || type == field_type::text_list || has_captures(type);
}

}  // namespace

bool tree_walk::text_of(const field& f, config_scalar& value) {
    const config_node& node = *value.node;
    const bool braces = has_captures(f.type) && !node.text.starts_with("regex:");
    auto text = substitute(node.text, outside_,
                           braces ? substitution_target::braces : substitution_target::text);
    if (!text) {
        value.changed = false;
        found_.error_in(value, text.error());
        return false;
    }
    value.text = std::move(text->text);
    value.changed = text->changed;
    if (is_text(f.type) && !node.quoted && boolean_word(node.text)) {
        found_.error(node, value.path,
                     "'" + node.text + "' without quotes is a boolean in YAML 1.1",
                     "\"" + node.text + "\" is text");
        return false;
    }
    return true;
}

bool tree_walk::choice_of(const field& f, config_scalar& value) {
    std::string_view left = f.choices;
    std::string list;
    for (value.number = 0; !left.empty(); ++value.number) {
        const auto end = std::min(left.find('|'), left.size());
        if (left.substr(0, end) == value.text) return true;
        list += (list.empty() ? "" : ", ") + std::string{left.substr(0, end)};
        left.remove_prefix(std::min(end + 1, left.size()));
    }
    found_.error(*value.node, value.path,
                 shown(*value.node, value.path) + " is not one of the values of '" +
                     std::string{f.name()} + "'",
                 "one of " + list);
    return false;
}

bool tree_walk::number_of(const field& f, config_scalar& value) {
    if (f.type == field_type::auto_number && value.text == "auto") return true;
    const auto parse = number_parser(f.type);
    if (parse == nullptr) return true;
    const auto parsed = parse(value.text);
    const std::string what = shown(*value.node, value.path);
    if (!parsed) {
        found_.error(*value.node, value.path, what + " " + parsed.error().message,
                     parsed.error().hint);
        return false;
    }
    if (*parsed < f.min || *parsed > f.max) {
        found_.error(*value.node, value.path, what + " is out of range", f.constraint());
        return false;
    }
    value.number = *parsed;
    return true;
}

}  // namespace herdgate
