// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/hash_reads.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "herdgate/core/base/glob.hpp"
#include "herdgate/core/base/json_pointer.hpp"
#include "herdgate/core/base/words.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/resp/error_replies.hpp"

namespace herdgate {
namespace {

using words = std::span<const std::string_view>;

template <std::size_t Count>
bool one_of(const std::array<std::string_view, Count>& names, std::string_view name) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

struct hash_field {
    std::string name;
    std::string_view value;  ///< JSON text
};

/// The fields of an object, in their order.
std::vector<hash_field> fields_of(std::string_view object) {
    std::vector<hash_field> fields;
    boost::unordered_flat_map<std::string, std::size_t> places;
    json::elements members{object};
    while (members.next()) {
        const auto [place, added] = places.emplace(members.name(), fields.size());
        if (added)
            fields.push_back({place->first, members.value()});
        else
            fields[place->second].value = members.value();
    }
    std::erase_if(fields,
                  [](const hash_field& f) { return json::kind_of(f.value) == json::kind::null; });
    return fields;
}

std::optional<std::string> field_of(std::string_view object, std::string_view name) {
    std::string_view found = "null";
    json::elements members{object};
    while (members.next())
        if (members.name() == name) found = members.value();
    if (json::kind_of(found) == json::kind::null) return std::nullopt;
    return json::bytes_of(found);
}

void write_field(std::string& out, std::string_view object, std::string_view name,
                 resp::protocol p) {
    const auto value = field_of(object, name);
    if (value)
        resp::write_bulk(out, *value);
    else
        resp::write_null(out, p);
}

/// The options of HSCAN.
struct scan_options {
    std::string_view match = "*";
    std::string_view wrong;  ///< an error text
};

scan_options read_scan(words args) noexcept {
    scan_options o;
    const auto cursor = resp::parse_decimal(args[2]);
    if (!cursor || *cursor < 0) o.wrong = resp::errors::invalid_cursor;
    for (std::size_t i = 3; i < args.size() && o.wrong.empty(); i += 2) {
        const bool has_value = i + 1 < args.size();
        if (has_value && is_word(args[i], "count")) {
            const auto count = resp::parse_decimal(args[i + 1]);
            if (!count)
                o.wrong = resp::errors::not_an_integer;
            else if (*count < 1)
                o.wrong = resp::errors::syntax;
        } else if (has_value && is_word(args[i], "match")) {
            o.match = args[i + 1];
        } else {
            o.wrong = resp::errors::syntax;
        }
    }
    return o;
}

void write_scan(std::string& out, words args, std::string_view object) {
    std::vector<hash_field> fields = fields_of(object);
    const std::string_view match = read_scan(args).match;
    std::erase_if(fields, [&](const hash_field& f) { return !glob_match(match, f.name); });
    resp::write_array(out, 2);
    resp::write_bulk(out, "0");
    resp::write_array(out, 2 * fields.size());
    for (const hash_field& f : fields) {
        resp::write_bulk(out, f.name);
        resp::write_bulk(out, json::bytes_of(f.value));
    }
}

/// HGETALL, HKEYS, HVALS, HLEN.
void write_all(std::string& out, std::string_view command, std::string_view object,
               resp::protocol p) {
    const std::vector<hash_field> fields = fields_of(object);
    if (command == "hlen")
        return resp::write_integer(out, static_cast<std::int64_t>(fields.size()));
    if (command == "hgetall")
        resp::write_map(out, fields.size(), p);
    else
        resp::write_array(out, fields.size());
    for (const hash_field& f : fields) {
        if (command != "hvals") resp::write_bulk(out, f.name);
        if (command != "hkeys") resp::write_bulk(out, json::bytes_of(f.value));
    }
}

}  // namespace

bool is_hash_read(const command_info& info) noexcept {
    constexpr std::array<std::string_view, 9> names{"hexists", "hget",  "hgetall", "hkeys", "hlen",
                                                    "hmget",   "hscan", "hstrlen", "hvals"};
    return one_of(names, info.name);
}

bool fits_any_kind(const command_info& info) noexcept {
    constexpr std::array<std::string_view, 14> names{
        "del",       "exists",      "expire", "expireat", "expiretime", "persist", "pexpire",
        "pexpireat", "pexpiretime", "pttl",   "touch",    "ttl",        "type",    "unlink"};
    return one_of(names, info.name);
}

std::string_view bad_hash_arguments(const command_info& info, words args) noexcept {
    return info.name == "hscan" ? read_scan(args).wrong : std::string_view{};
}

void render_hash_read(const command_info& info, words args, const read_result& result,
                      resp::protocol p, std::string& out) {
    const bool found = result.what == read_result::kind::value;
    const std::string_view object = found ? result.value.view() : "{}";
    if (!json::is_json(object) || json::kind_of(object) != json::kind::object)
        return resp::write_error(out, resp::errors::wrong_type);
    if (info.name == "hget") return write_field(out, object, args[2], p);
    if (info.name == "hmget") {
        resp::write_array(out, args.size() - 2);
        for (const std::string_view name : args.subspan(2)) write_field(out, object, name, p);
    } else if (info.name == "hexists") {
        resp::write_integer(out, field_of(object, args[2]) ? 1 : 0);
    } else if (info.name == "hstrlen") {
        const auto value = field_of(object, args[2]);
        resp::write_integer(out, value ? static_cast<std::int64_t>(value->size()) : 0);
    } else if (info.name == "hscan") {
        write_scan(out, args, object);
    } else {
        write_all(out, info.name, object, p);
    }
}

}  // namespace herdgate
