// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/config/json_schema.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

#include "herdgate/core/config/field_table.hpp"
#include "herdgate/core/config/units.hpp"

namespace herdgate {
namespace {

using json = nlohmann::ordered_json;

json reference(std::string_view name) {
    return {{"$ref", "#/definitions/" + std::string{name}}};
}

json pattern(std::string_view text) {
    return {{"type", "string"}, {"pattern", text}};
}

/// What several settings have in common. The patterns say what units.cpp and substitution.cpp take.
json definitions() {
    const json substitution = reference("substitution");
    json all;
    all["substitution"] = pattern("^(?:[^$]|\\$\\$|\\$(?![{$]))*\\$\\{[^}]+\\}");
    all["substitution"]["description"] = "holds ${NAME}, ${NAME:-default} or ${file:PATH}";
    all["text"] = {{"type", {"string", "number"}}};
    all["duration"] = {
        {"anyOf", {{{"const", 0}}, pattern("^(?:0+|[0-9]+(?:ms|s|m|h|d))$"), substitution}}};
    all["positive_duration"] = {
        {"anyOf", {pattern("^0*[1-9][0-9]*(?:ms|s|m|h|d)$"), substitution}}};
    all["size"] = {
        {"anyOf", {{{"const", 0}}, pattern("^(?:0+|[0-9]+(?:B|KiB|MiB|GiB))$"), substitution}}};
    all["positive_size"] = {{"anyOf", {pattern("^0*[1-9][0-9]*(?:B|KiB|MiB|GiB)$"), substitution}}};
    all["percent"] = {
        {"anyOf", {{{"const", 0}}, pattern("^(?:0|[0-9]+(?:\\.[0-9]{1,2})?%)$"), substitution}}};
    all["positive_percent"] = {
        {"anyOf", {pattern("^(?![0.]+%)[0-9]+(?:\\.[0-9]{1,2})?%$"), substitution}}};
    return all;
}

json words(std::string_view choices) {
    json list = json::array();
    while (!choices.empty()) {
        const auto end = std::min(choices.find('|'), choices.size());
        list.push_back(choices.substr(0, end));
        choices.remove_prefix(std::min(end + 1, choices.size()));
    }
    return {{"enum", std::move(list)}};
}

json number(const field& f) {
    return {{"type", "integer"}, {"minimum", f.min}, {"maximum", f.max}};
}

json or_substituted(json value) {
    return {{"anyOf", {std::move(value), reference("substitution")}}};
}

json list_of(const field& f, json items) {
    json list = {{"type", "array"}, {"items", std::move(items)}};
    const std::int64_t least = f.type == field_type::section_list ? f.min
                               : f.need == presence::required     ? 1
                                                                  : 0;
    if (least > 0) list["minItems"] = least;
    return list;
}

json mapping(std::string_view section);

/// One of the field's words may stand in the place of its mapping.
json or_word(const field& f, json settings) {
    if (f.choices.empty()) return settings;
    return {{"anyOf", {std::move(settings), words(f.choices)}}};
}

/// A mapping with exactly one of its settings.
json alternatives(const field& f) {
    json one = mapping(f.path);
    one["minProperties"] = 1;
    one["maxProperties"] = 1;
    return or_word(f, std::move(one));
}

json type_of(const field& f) {
    switch (f.type) {
        case field_type::section:
            return or_word(f, mapping(f.path));
        case field_type::alternatives:
            return alternatives(f);
        case field_type::section_list:
            return list_of(f, mapping(std::string{f.path} + "[]"));
        case field_type::text:
        case field_type::templated:
        case field_type::pattern:
            return reference("text");
        case field_type::duration:
            return reference(f.min > 0 ? "positive_duration" : "duration");
        case field_type::size:
            return reference(f.min > 0 ? "positive_size" : "size");
        case field_type::percent:
            return reference(f.min > 0 ? "positive_percent" : "percent");
        case field_type::boolean:
            return or_substituted({{"type", "boolean"}});
        case field_type::factor:
            return or_substituted({{"type", "number"},
                                   {"minimum", static_cast<double>(f.min) / 1000},
                                   {"maximum", static_cast<double>(f.max) / 1000}});
        case field_type::number:
            return or_substituted(number(f));
        case field_type::auto_number:
            return {{"anyOf", {number(f), {{"const", "auto"}}, reference("substitution")}}};
        case field_type::choice:
            return or_substituted(words(f.choices));
        case field_type::text_list:
        case field_type::templated_list:
            return list_of(f, reference("text"));
        case field_type::number_list:
            return list_of(f, or_substituted(number(f)));
        case field_type::templated_map:
            return {{"type", "object"}, {"additionalProperties", reference("text")}};
        case field_type::unsupported:
            break;
    }
    return json::object();
}

/// The default as the file's reader would have it: a number, a list, or text.
json default_of(const field& f) {
    json value = json::parse(f.default_value, nullptr, false);
    return value.is_discarded() ? json(f.default_value) : value;
}

std::string description_of(const field& f) {
    std::string text{f.doc};
    const bool in_words = f.type == field_type::duration || f.type == field_type::size ||
                          f.type == field_type::percent;
    if (in_words) text += " (" + f.constraint() + ")";
    return text;
}

json setting(const field& f) {
    // Draft-07 overlooks what stands beside a $ref.
    json type = type_of(f);
    json value;
    value["description"] = description_of(f);
    if (!f.default_value.empty()) value["default"] = default_of(f);
    if (type.contains("$ref"))
        value["allOf"] = json::array({std::move(type)});
    else
        value.update(type);
    return value;
}

json mapping(std::string_view section) {
    json object = {{"type", "object"}, {"additionalProperties", false}};
    json required = json::array();
    json properties = json::object();
    for (const field* f : fields_of(section)) {
        if (f->type == field_type::unsupported) continue;
        properties[std::string{f->name()}] = setting(*f);
        if (f->need == presence::required) required.push_back(f->name());
    }
    if (!required.empty()) object["required"] = std::move(required);
    object["properties"] = std::move(properties);
    return object;
}

}  // namespace

std::string json_schema() {
    json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                   {"title", "herdgate's configuration"}};
    schema.update(mapping({}));
    schema["definitions"] = definitions();
    return schema.dump(2) + "\n";
}

}  // namespace herdgate
