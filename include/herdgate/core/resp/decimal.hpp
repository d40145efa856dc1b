// SPDX-License-Identifier: Apache-2.0
//
// The decimal numbers of the protocol: strict, as Redis's string2ll. One spelling for each number,
// so that two parsers which agree on the bytes agree on the number.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace herdgate::resp {

/// The number that is all of `text`: digits with an optional '-'. No '+', no blanks, no leading
/// zeros, no "-0"; nothing that does not fit 64 bits.
inline std::optional<std::int64_t> parse_decimal(std::string_view text) noexcept {
    if (text == "0") return 0;
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;

    const std::uint64_t limit =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + (negative ? 1 : 0);
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (value > (limit - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return static_cast<std::int64_t>(negative ? 0 - value : value);
}

}  // namespace herdgate::resp
