// SPDX-License-Identifier: Apache-2.0
//
// http_date: the three ways in which HTTP writes a moment (RFC 9110, section 5.6.7):
//
//     Sun, 06 Nov 1994 08:49:37 GMT       the one to use
//     Sunday, 06-Nov-94 08:49:37 GMT      obsolete; 94 is the year nearest to now that ends so
//     Sun Nov  6 08:49:37 1994            obsolete
//
// The day of the week is not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace herdgate {

/// Seconds since the Unix epoch; none if the text is no such date. `now`, likewise, tells the
/// century of a year of two digits.
std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now) noexcept;

}  // namespace herdgate
