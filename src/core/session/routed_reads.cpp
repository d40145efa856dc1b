// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/routed_reads.hpp"

#include <algorithm>
#include <array>

#include "herdgate/core/base/substring.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/resp/reply_cursor.hpp"
#include "herdgate/core/session/hash_reads.hpp"

namespace herdgate {
namespace {

void write_value(const read_result& result, resp::protocol protocol, std::string& out) {
    const std::string_view bytes = result.value.view();
    if (result.what == read_result::kind::value)
        resp::write_bulk(out, bytes);
    else if (result.what == read_result::kind::reply && bytes.substr(0, 1) != "-")
        out += bytes;  // an error: a plain key of another type, nil in MGET
    else
        resp::write_null(out, protocol);
}

bool is_range(const command_info& info) noexcept {
    return info.name == "getrange" || info.name == "substr";
}

}  // namespace

std::int64_t reply_integer(const read_result& result) noexcept {
    if (result.what != read_result::kind::reply) return 0;
    return resp::reply_cursor{result.value.view()}.integer().value_or(0);
}

bool loads_on_miss(const command_info& info) noexcept {
    constexpr std::array<std::string_view, 7> names{"exists", "get",    "getex", "getrange",
                                                    "mget",   "strlen", "substr"};
    return is_hash_read(info) || std::find(names.begin(), names.end(), info.name) != names.end();
}

bool reply_needs_args(const command_info& info) noexcept {
    return is_range(info) || info.name == "getex" || is_hash_read(info);
}

std::string_view bad_arguments(const command_info& info,
                               std::span<const std::string_view> args) noexcept {
    if (is_range(info) && (!resp::parse_decimal(args[2]) || !resp::parse_decimal(args[3])))
        return resp::errors::not_an_integer;
    return bad_hash_arguments(info, args);
}

void render_reads(const command_info& info, std::span<const std::string_view> args,
                  std::span<const read_result> results, resp::protocol protocol, std::string& out) {
    for (const read_result& result : results)
        if (result.what == read_result::kind::error) return resp::write_error(out, result.error);
    const read_result& first = results.front();
    if (is_hash_read(info)) return render_hash_read(info, args, first, protocol, out);
    if (info.name == "mget") {
        resp::write_array(out, results.size());
        for (const read_result& result : results) write_value(result, protocol, out);
    } else if (info.name == "exists") {
        resp::write_integer(out,
                            std::count_if(results.begin(), results.end(), [](const read_result& r) {
                                return r.what == read_result::kind::value || reply_integer(r) == 1;
                            }));
    } else if (info.name == "strlen") {
        resp::write_integer(out, static_cast<std::int64_t>(first.value.size()));
    } else if (is_range(info)) {
        resp::write_bulk(out, substring(first.value.view(), *resp::parse_decimal(args[2]),
                                        *resp::parse_decimal(args[3])));
    } else {
        write_value(first, protocol, out);
    }
}

}  // namespace herdgate
