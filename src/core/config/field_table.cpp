// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/config/field_table.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "draft.hpp"
#include "herdgate/core/config/units.hpp"

namespace herdgate {
namespace {

struct table {
    table() : fields(daemon_fields()) {
        const auto more = route_fields();
        fields.insert(fields.end(), more.begin(), more.end());
        for (const field& f : fields) {
            by_path[f.path] = &f;
            by_parent[f.parent()].push_back(&f);
        }
    }

    std::vector<field> fields;
    std::unordered_map<std::string_view, const field*> by_path;
    std::unordered_map<std::string_view, std::vector<const field*>> by_parent;
};

const table& the_table() {
    static const table only;
    return only;
}

std::string replaced(std::string_view text, char from, std::string_view to) {
    std::string result;
    for (const char c : text) {
        if (c == from) {
            result += to;
        } else {
            result += c;
        }
    }
    return result;
}

std::string row(const field& f) {
    std::string text = "| `" + std::string{f.path} + "` | ";
    if (!f.default_value.empty()) text += "`" + std::string{f.default_value} + "`";
    if (f.need == presence::required) text += f.default_value.empty() ? "required" : ", required";
    return text + " | " + std::string{f.doc} + " | " + replaced(f.constraint(), '|', ", ") + " |\n";
}

}  // namespace

std::string_view field::name() const noexcept {
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string_view field::parent() const noexcept {
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

std::string field::format(std::int64_t value) const {
    if (type == field_type::duration) return format_duration(value);
    if (type == field_type::size) return format_size(value);
    if (type == field_type::percent) return format_percent(value);
    if (type == field_type::boolean) return value == 0 ? "false" : "true";
    return std::to_string(value);
}

std::string field::constraint() const {
    switch (type) {
        case field_type::choice:
            return std::string{choices};
        case field_type::boolean:
            return "true|false";
        case field_type::percent:
        case field_type::duration:
        case field_type::size:
        case field_type::number:
        case field_type::auto_number:
        case field_type::number_list:
            return format(min) + " to " + format(max);
        default:
            return {};
    }
}

std::span<const field> field_table() {
    return the_table().fields;
}

const field* find_field(std::string_view path) {
    const auto found = the_table().by_path.find(path);
    return found == the_table().by_path.end() ? nullptr : found->second;
}

std::span<const field* const> fields_of(std::string_view parent) {
    const auto found = the_table().by_parent.find(parent);
    if (found == the_table().by_parent.end()) return {};
    return found->second;
}

std::string field_reference() {
    std::string text = "| setting | default | meaning | values |\n| --- | --- | --- | --- |\n";
    for (const field& f : field_table()) {
        if (f.type != field_type::unsupported) text += row(f);
    }
    return text;
}

}  // namespace herdgate
