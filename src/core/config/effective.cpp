// SPDX-License-Identifier: Apache-2.0
#include "effective.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "herdgate/core/base/words.hpp"
#include "herdgate/core/config/field_table.hpp"

namespace herdgate {
namespace {

using json = nlohmann::ordered_json;
using kind = config_node::kind;

constexpr std::string_view hidden = "***";

/// Names of settings, headers and variables whose values nobody should read.
bool promises_secret(std::string_view name) {
    constexpr std::array<std::string_view, 8> words{"auth",   "passw",  "secret",     "token",
                                                    "cookie", "apikey", "credential", "api-key"};
    const std::string low = lower(name);
    return std::any_of(
               words.begin(), words.end(),
               [&](std::string_view word) { return low.find(word) != std::string::npos; }) ||
           low.ends_with("_key") || low.ends_with("-key");
}

/// Without user and password: "redis://***@host".
std::string without_user(std::string text) {
    const auto scheme = text.find("://");
    if (scheme == std::string::npos) return text;
    const auto from = scheme + 3;
    const auto end = std::min(text.find_first_of("/?#", from), text.size());
    const auto at = text.rfind('@', end);
    if (at != std::string::npos && at > from && at < end) text.replace(from, at - from, hidden);
    return text;
}

/// With "***" in the place of everything that is put in from outside.
std::string without_substitutions(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        if (text.starts_with("$$")) {
            out += '$';
            text.remove_prefix(2);
        } else if (text.starts_with("${")) {
            out += hidden;
            text.remove_prefix(std::min(text.find('}'), text.size() - 1) + 1);
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

json scalar(std::string_view name, const config_node& node) {
    if (promises_secret(name)) return hidden;
    return without_user(without_substitutions(node.text));
}

json number_or_text(std::string_view text) {
    const json value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json(text) : value;
}

bool is_numeric(const field& f) {
    return f.type == field_type::number || f.type == field_type::auto_number ||
           f.type == field_type::number_list || f.type == field_type::boolean ||
           f.type == field_type::factor;
}

json one(const field& f, const config_node& node) {
    json value = scalar(f.name(), node);
    return is_numeric(f) ? number_or_text(value.get<std::string>()) : value;
}

json mapping(std::string_view section, const config_node* node);

json list(const field& f, const config_node& node) {
    json values = json::array();
    for (const config_node& item : node.items)
        values.push_back(f.type == field_type::section_list
                             ? mapping(std::string{f.path} + "[]", &item)
                             : one(f, item));
    return values;
}

json written(const field& f, const config_node& node) {
    if (node.type == kind::sequence) return list(f, node);
    if (node.type == kind::scalar) return one(f, node);
    if (f.type != field_type::templated_map) return mapping(f.path, &node);
    json values = json::object();
    for (std::size_t i = 0; i < node.keys.size(); ++i)
        values[node.keys[i].text] = scalar(node.keys[i].text, node.items[i]);
    return values;
}

/// What a setting is that is not written; null if it is nothing.
json unwritten(const field& f) {
    if (!f.default_value.empty()) return number_or_text(f.default_value);
    if (f.type == field_type::section_list && f.min > 0)
        return json::array({mapping(std::string{f.path} + "[]", nullptr)});
    if (f.type != field_type::section) return nullptr;
    const auto inner = fields_of(f.path);
    const bool by_itself = std::none_of(inner.begin(), inner.end(), [](const field* part) {
        return part->need == presence::required;
    });
    json values = by_itself ? mapping(f.path, nullptr) : json{};
    return values.empty() ? json{} : values;
}

/// `node`: what is written of it, if anything.
json mapping(std::string_view section, const config_node* node) {
    json values = json::object();
    for (const field* f : fields_of(section)) {
        if (f->type == field_type::unsupported) continue;
        const config_node* given = nullptr;
        for (std::size_t i = 0; node != nullptr && i < node->keys.size(); ++i)
            if (node->keys[i].text == f->name()) given = &node->items[i];
        json value = given != nullptr ? written(*f, *given) : unwritten(*f);
        if (!value.is_null()) values[std::string{f->name()}] = std::move(value);
    }
    return values;
}

}  // namespace

std::string effective_config(const config_node& root) {
    return mapping({}, &root).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace herdgate
