// SPDX-License-Identifier: Apache-2.0
//
// Commands on a whole database.
#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "handlers.hpp"
#include "herdgate/core/base/glob.hpp"
#include "support.hpp"

namespace herdgate::keyspace {
namespace {

constexpr std::size_t scan_count_default = 10;
constexpr std::size_t buckets_per_count =
    10;  // a sparse table's empty buckets count a tenth, as in Redis
constexpr std::size_t scan_buckets_max = 1'000'000;

// As strtoul reads it, a minus included, but with nothing before or after it.
bool parse_cursor(std::string_view text, std::uint64_t& cursor) {
    const std::string copy{text};
    char* end = nullptr;
    errno = 0;
    cursor = std::strtoul(copy.c_str(), &end, 10);
    const bool spaced = std::string_view{" \t\n\v\f\r"}.find(copy[0]) != std::string_view::npos;
    return !spaced && *end == '\0' && errno != ERANGE;
}

struct scan_options {
    std::size_t count = scan_count_default;
    std::string_view pattern = "*";
    std::string_view type;  ///< empty: any
};

// False, with the error written.
bool read_options(keyspace_call& call, scan_options& o) {
    for (std::size_t i = 2; i < call.args.size(); i += 2) {
        const std::string_view option = call.args[i];
        const bool has_argument = i + 1 < call.args.size();
        if (has_argument && is_word(option, "count")) {
            const auto count = resp::parse_decimal(call.args[i + 1]);
            if (!count || *count < 1) {
                reply_error(call, count ? resp::errors::syntax : resp::errors::not_an_integer);
                return false;
            }
            o.count = static_cast<std::size_t>(*count);
        } else if (has_argument && is_word(option, "match")) {
            o.pattern = call.args[i + 1];
        } else if (has_argument && is_word(option, "type")) {
            o.type = call.args[i + 1];
        } else {
            reply_error(call, resp::errors::syntax);
            return false;
        }
    }
    return true;
}

// "*" alone takes the empty key too; the pattern language does not.
bool selected(std::string_view pattern, std::string_view key) {
    return pattern == "*" || glob_match(pattern, key);
}

bool of_type(const keyspace_call& call, std::string_view type, std::string_view key) {
    return type.empty() || is_word(type, type_name(call, key));
}

void reply_keys(keyspace_call& call, const std::vector<std::string>& keys) {
    resp::write_array(call.out, keys.size());
    for (const std::string& key : keys) resp::write_bulk(call.out, key);
}

std::size_t bytes_of(const std::vector<std::string>& keys) {
    std::size_t bytes = 0;
    for (const std::string& key : keys) bytes += key.size();
    return bytes;
}

// FLUSHDB and FLUSHALL [ASYNC | SYNC]. False, with the error written.
bool check_flush(keyspace_call& call) {
    if (call.args.size() == 1) return true;
    if (call.args.size() == 2 &&
        (is_word(call.args[1], "async") || is_word(call.args[1], "sync"))) {
        return true;
    }
    reply_error(call, resp::errors::syntax);
    return false;
}

}  // namespace

void dbsize(keyspace_call& call) {
    reply_integer(call, static_cast<std::int64_t>(call.store.size(call.database)));
}

void flushdb(keyspace_call& call) {
    if (!check_flush(call)) return;
    call.store.flush(call.database);
    call.out += resp::ok;
}

void flushall(keyspace_call& call) {
    if (!check_flush(call)) return;
    call.store.flush_all();
    call.out += resp::ok;
}

void keys(keyspace_call& call) {
    std::vector<std::string> found = call.store.keys(call.database, call.now);
    const std::string_view pattern = call.args[1];
    std::erase_if(found, [&](const std::string& key) { return !selected(pattern, key); });
    if (bytes_of(found) > call.reply_bytes) return reply_error(call, resp::errors::reply_too_large);
    reply_keys(call, found);
}

void scan(keyspace_call& call) {
    std::uint64_t cursor = 0;
    if (!parse_cursor(call.args[1], cursor)) {
        return reply_error(call, resp::errors::invalid_cursor);
    }
    scan_options o;
    if (!read_options(call, o)) return;
    const std::size_t buckets =
        std::min(o.count, scan_buckets_max / buckets_per_count) * buckets_per_count;
    scan_page page = call.store.scan(call.database, cursor, buckets, o.count, call.now);
    std::erase_if(page.keys, [&](const std::string& key) {
        return !of_type(call, o.type, key) || !selected(o.pattern, key);
    });
    resp::write_array(call.out, 2);
    resp::write_bulk(call.out, std::to_string(page.cursor));
    reply_keys(call, page.keys);
}

void randomkey(keyspace_call& call) {
    std::string key;
    if (!call.store.random_key(call.database, call.random, call.now, key)) {
        return resp::write_null(call.out, call.protocol);
    }
    resp::write_bulk(call.out, key);
}

}  // namespace herdgate::keyspace
