// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/config/config_tree.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace herdgate {
namespace {

using status = boost::system::result<config_node*, text_error>;

status child_of(config_node& parent, std::string_view name) {
    if (name.empty()) return text_error{"an empty name in the path", "for example log.level", 0};
    if (parent.type == config_node::kind::null) parent.type = config_node::kind::mapping;
    if (parent.type != config_node::kind::mapping)
        return text_error{
            "'" + std::string{name} + "' is looked for in something that is not a mapping", {}, 0};
    if (config_node* found = parent.find(name)) return found;
    config_node key;
    key.type = config_node::kind::scalar;
    key.text = name;
    parent.keys.push_back(std::move(key));
    return &parent.items.emplace_back();
}

status element_of(config_node& parent, std::string_view number) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
    if (error != std::errc{} || end != number.data() + number.size())
        return text_error{"'[" + std::string{number} + "]' is not an element's number",
                          "for example routes[0]", 0};
    if (parent.type == config_node::kind::null) parent.type = config_node::kind::sequence;
    if (parent.type != config_node::kind::sequence || index > parent.items.size())
        return text_error{"there is no element [" + std::string{number} + "]",
                          "elements count from 0", 0};
    if (index == parent.items.size()) parent.items.emplace_back();
    return &parent.items[index];
}

// "name[1][2]" -> the node, created on the way.
status step(config_node& parent, std::string_view part) {
    const auto bracket = std::min(part.find('['), part.size());
    status at = child_of(parent, part.substr(0, bracket));
    part.remove_prefix(bracket);
    while (at && !part.empty()) {
        const auto end = part.find(']');
        if (!part.starts_with('[') || end == std::string_view::npos)
            return text_error{"brackets that do not match in the path", "for example routes[0].ttl",
                              0};
        at = element_of(**at, part.substr(1, end - 1));
        part.remove_prefix(end + 1);
    }
    return at;
}

}  // namespace

config_node* config_node::find(std::string_view name) noexcept {
    for (std::size_t i = 0; type == kind::mapping && i < keys.size(); ++i) {
        if (keys[i].type == kind::scalar && keys[i].text == name) return &items[i];
    }
    return nullptr;
}

boost::system::result<config_override, text_error> parse_override(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0)
        return text_error{"not of the form path=value", "for example log.level=debug", 0};
    return config_override{std::string{text.substr(0, equals)},
                           std::string{text.substr(equals + 1)}};
}

boost::system::result<void, text_error> apply_override(config_node& root,
                                                       const config_override& change) {
    config_node* at = &root;
    std::string_view path = change.path;
    while (true) {
        const auto dot = std::min(path.find('.'), path.size());
        const status next = step(*at, path.substr(0, dot));
        if (!next) return next.error();
        at = *next;
        if (dot == path.size()) break;
        path.remove_prefix(dot + 1);
    }
    *at = config_node{};
    at->type = config_node::kind::scalar;
    at->text = change.value;
    return {};
}

}  // namespace herdgate
