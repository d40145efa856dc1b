// SPDX-License-Identifier: Apache-2.0
//
// Small rules about URLs (RFC 3986) that the check of templates and the renderer share.
#pragma once

#include <string>
#include <string_view>

namespace herdgate::url_text {

inline bool alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

inline bool unreserved(char c) {
    return alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/// Appends `bytes`, percent-encoded but for unreserved characters.
inline void append_encoded(std::string& out, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : bytes) {
        if (unreserved(c)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
}

/// Whether a path segment is one that origins and libraries resolve away: "." or "..", also with
/// dots written as %2e.
inline bool dot_segment(std::string_view segment) {
    std::size_t dots = 0;
    while (!segment.empty()) {
        const bool encoded = segment.starts_with("%2e") || segment.starts_with("%2E");
        if (segment.front() != '.' && !encoded) return false;
        segment.remove_prefix(encoded ? 3 : 1);
        ++dots;
    }
    return dots == 1 || dots == 2;
}

}  // namespace herdgate::url_text
