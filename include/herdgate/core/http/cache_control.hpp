// SPDX-License-Identifier: Apache-2.0
//
// cache_control: what a Cache-Control header says (RFC 9111, section 5.2.2; RFC 5861).
//
// Tolerant of what is sent, careful with what it means: names in any case, blanks and empty
// elements anywhere, numbers in quotes; of a directive that comes twice the first counts; a number
// that is none is 0 (section 4.2.1: such an answer is stale); one that is too large is
// delta_seconds_max. Unknown directives and those about requests are skipped. no-cache and private
// with a list of header names mean the whole answer, as they may. Pure; allocates nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace herdgate {

/// RFC 9111, section 1.2.2: what larger numbers are taken for.
inline constexpr std::int64_t delta_seconds_max = std::int64_t{1} << 31;

struct cache_control {
    bool no_store = false;
    bool no_cache = false;
    bool is_private = false;
    bool must_revalidate = false;         ///< or proxy-revalidate: this is a shared cache
    std::optional<std::int64_t> max_age;  ///< in seconds, 0 to delta_seconds_max, as all below
    std::optional<std::int64_t> s_maxage;
    std::optional<std::int64_t> stale_while_revalidate;
    std::optional<std::int64_t> stale_if_error;

    bool operator==(const cache_control&) const = default;
};

/// The header's value; of several such headers, their values joined by commas.
cache_control parse_cache_control(std::string_view value) noexcept;

/// Digits only, as in Age and Retry-After; none if it is anything else. At most delta_seconds_max.
std::optional<std::int64_t> parse_delta_seconds(std::string_view text) noexcept;

}  // namespace herdgate
