// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/cache_control.hpp"

#include <algorithm>

#include "header_text.hpp"

namespace herdgate {
namespace {

struct directive {
    std::string_view name;
    std::string_view value;  ///< without quotes; escapes are left in
};

/// Takes one directive off the front, with the comma behind it.
directive take(std::string_view& left) noexcept {
    directive found;
    const auto end = std::min(left.find_first_of("=,"), left.size());
    found.name = header_text::trimmed(left.substr(0, end));
    left.remove_prefix(end);
    if (left.starts_with('=')) {
        left = header_text::trimmed(left.substr(1));
        if (left.starts_with('"')) {
            std::size_t at = 1;
            while (at < left.size() && left[at] != '"') at += left[at] == '\\' ? 2U : 1U;
            at = std::min(at, left.size());
            found.value = left.substr(1, at - 1);
            left.remove_prefix(std::min(at + 1, left.size()));
        } else {
            found.value = header_text::trimmed(left.substr(0, left.find(',')));
        }
    }
    left.remove_prefix(std::min(left.find(','), left.size()));
    if (!left.empty()) left.remove_prefix(1);
    return found;
}

void first(std::optional<std::int64_t>& number, std::string_view value) noexcept {
    if (!number) number = parse_delta_seconds(value).value_or(0);
}

}  // namespace

cache_control parse_cache_control(std::string_view value) noexcept {
    cache_control made;
    while (!value.empty()) {
        const directive d = take(value);
        const auto is = [&](std::string_view name) { return header_text::same_name(d.name, name); };
        if (is("no-store")) made.no_store = true;
        if (is("no-cache")) made.no_cache = true;
        if (is("private")) made.is_private = true;
        if (is("must-revalidate") || is("proxy-revalidate")) made.must_revalidate = true;
        if (is("max-age")) first(made.max_age, d.value);
        if (is("s-maxage")) first(made.s_maxage, d.value);
        if (is("stale-while-revalidate")) first(made.stale_while_revalidate, d.value);
        if (is("stale-if-error")) first(made.stale_if_error, d.value);
    }
    return made;
}

std::optional<std::int64_t> parse_delta_seconds(std::string_view text) noexcept {
    if (text.empty()) return std::nullopt;
    std::int64_t seconds = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        seconds = std::min(seconds * 10 + (c - '0'), delta_seconds_max);
    }
    return seconds;
}

}  // namespace herdgate
