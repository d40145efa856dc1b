// SPDX-License-Identifier: Apache-2.0
//
// Small rules about the text of HTTP headers (RFC 9110, section 5) that their parsers share.
#pragma once

#include <algorithm>
#include <string_view>

namespace herdgate::header_text {

inline std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Names of headers and directives do not tell cases apart.
inline bool same_name(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace herdgate::header_text
