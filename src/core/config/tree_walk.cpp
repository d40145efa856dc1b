// SPDX-License-Identifier: Apache-2.0
#include "tree_walk.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>
#include <vector>

#include "suggestion.hpp"

namespace herdgate {
namespace {

using kind = config_node::kind;

std::string joined(const std::string& path, std::string_view name) {
    return path.empty() ? std::string{name} : path + "." + std::string{name};
}

std::string within(const std::string& path) {
    return path.empty() ? std::string{} : " in " + path;
}

}  // namespace

void tree_walk::mapping(const config_node& node, std::string_view section,
                        const std::string& path) {
    if (node.type == kind::mapping) {
        std::unordered_map<std::string_view, std::size_t> lines;
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const config_node& key = node.keys[i];
            if (!name_is_usable(node, i, path)) continue;
            const auto [earlier, first] = lines.emplace(key.text, key.at.line);
            if (!first) {
                found_.error(key, joined(path, key.text),
                             "duplicate key " + quoted_text(key.text) + within(path),
                             "it is set in line " + std::to_string(earlier->second) + " already");
                continue;
            }
            const field* f = find_field(joined(std::string{section}, key.text));
            const std::string where = joined(path, key.text);
            if (f == nullptr) {
                unknown(key, section, path);
            } else if (f->type == field_type::unsupported) {
                found_.error(key, where,
                             quoted_text(key.text) + " is not supported by this version",
                             "remove it");
            } else {
                setting(*f, node.items[i], where);
            }
        }
    }
    for (const field* f : fields_of(section)) {
        const bool missing =
            std::none_of(node.keys.begin(), node.keys.end(),
                         [&](const config_node& key) { return key.text == f->name(); });
        if (f->need == presence::required && missing)
            found_.error(node, path, quoted_text(f->name()) + " is missing" + within(path));
    }
}

bool tree_walk::name_is_usable(const config_node& node, std::size_t i, const std::string& path) {
    const config_node& key = node.keys[i];
    if (key.type != kind::scalar) {
        found_.error(key, path, "a key must be a word", {});
        return false;
    }
    if (key.text == "<<") {
        found_.error(key, path, "merge keys ('<<') are not supported", "write the settings out");
        return false;
    }
    return true;
}

void tree_walk::unknown(const config_node& key, std::string_view section, const std::string& path) {
    std::vector<std::string_view> names;
    std::string known = "known here:";
    for (const field* f : fields_of(section)) {
        if (f->type == field_type::unsupported) continue;
        known += names.empty() ? " " : ", ";
        known += f->name();
        names.push_back(f->name());
    }
    const std::string_view meant = nearest(key.text, names);
    const std::string hint = meant.empty() ? known : "did you mean '" + std::string{meant} + "'?";
    found_.error(key, joined(path, key.text), "unknown key " + quoted_text(key.text) + within(path),
                 hint);
}

void tree_walk::setting(const field& f, const config_node& node, const std::string& path) {
    switch (f.type) {
        case field_type::section:
        case field_type::alternatives:
            return section(f, node, path);
        case field_type::section_list:
            return section_list(f, node, path);
        case field_type::text_list:
        case field_type::number_list:
        case field_type::templated_list:
            return scalar_list(f, node, path);
        case field_type::templated_map:
            return free_mapping(f, node, path);
        default:
            break;
    }
    config_scalar value;
    value.path = path;
    scalar(f, node, std::move(value));
}

void tree_walk::enter(const field& f, const config_node& node, const std::string& path) {
    draft_.node = &node;
    draft_.path = path;
    if (f.enter != nullptr) f.enter(draft_);
}

void tree_walk::section(const field& f, const config_node& node, const std::string& path) {
    if (node.type == kind::scalar && !f.choices.empty() && node.text == f.choices) {
        config_scalar word;
        word.node = &node;
        word.path = path;
        word.text = node.text;
        return f.assign(draft_, word);
    }
    if (node.type != kind::mapping) {
        found_.error(node, path, "'" + std::string{f.name()} + "' must be a mapping of settings",
                     "name: value, indented below it");
        return;
    }
    enter(f, node, path);
    mapping(node, f.path, path);
}

void tree_walk::section_list(const field& f, const config_node& node, const std::string& path) {
    if (node.type != kind::sequence) {
        found_.error(node, path, "'" + std::string{f.name()} + "' must be a list",
                     "each element starts with '- '");
        return;
    }
    if (node.items.size() < static_cast<std::size_t>(f.min))
        found_.error(node, path, "'" + std::string{f.name()} + "' needs an element at least");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        const std::string where = path + "[" + std::to_string(i) + "]";
        const config_node& item = node.items[i];
        if (item.type != kind::mapping) {
            found_.error(
                item, where,
                "an element of '" + std::string{f.name()} + "' must be a mapping of settings", {});
            continue;
        }
        enter(f, item, where);
        mapping(item, std::string{f.path} + "[]", where);
    }
}

void tree_walk::scalar_list(const field& f, const config_node& node, const std::string& path) {
    if (node.type != kind::sequence) {
        found_.error(node, path, "'" + std::string{f.name()} + "' must be a list",
                     "for example [ a, b ]");
        return;
    }
    if (node.items.empty() && f.need == presence::required)
        found_.error(node, path, "'" + std::string{f.name()} + "' needs an element at least");
    enter(f, node, path);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        config_scalar value;
        value.path = path + "[" + std::to_string(i) + "]";
        scalar(f, node.items[i], std::move(value));
    }
}

void tree_walk::free_mapping(const field& f, const config_node& node, const std::string& path) {
    if (node.type != kind::mapping) {
        found_.error(node, path, "'" + std::string{f.name()} + "' must be a mapping",
                     "name: value");
        return;
    }
    enter(f, node, path);
    std::unordered_map<std::string_view, std::size_t> lines;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
        const config_node& key = node.keys[i];
        if (!name_is_usable(node, i, path)) continue;
        if (!lines.emplace(key.text, i).second) {
            found_.error(key, path, "duplicate key " + quoted_text(key.text) + within(path));
            continue;
        }
        config_scalar value;
        value.path = joined(path, key.text);
        value.name = key.text;
        value.name_node = &key;
        scalar(f, node.items[i], std::move(value));
    }
}

void tree_walk::scalar(const field& f, const config_node& node, config_scalar value) {
    const std::string name = value.name.empty() ? std::string{f.name()} : value.name;
    if (node.type == kind::null) {
        found_.error(node, value.path, quoted_text(name) + " needs a value");
        return;
    }
    if (node.type != kind::scalar) {
        found_.error(node, value.path, quoted_text(name) + " must be a single value", {});
        return;
    }
    value.node = &node;
    bool usable = text_of(f, value);
    if (usable && f.type == field_type::choice) usable = choice_of(f, value);
    if (usable) usable = number_of(f, value);
    if (usable && f.assign != nullptr) f.assign(draft_, value);
}

}  // namespace herdgate
