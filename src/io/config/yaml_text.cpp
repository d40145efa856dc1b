// SPDX-License-Identifier: Apache-2.0
#include "yaml_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace herdgate {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
    return static_cast<unsigned char>(text[i]);
}

// Length of the UTF-8 sequence at `at`, 0 if there is none (RFC 3629: no overlong forms, no
// surrogates).
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const unsigned char lead = byte_at(text, at);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                               : lead >= 0xe0 && lead < 0xf0 ? 3
                               : lead >= 0xf0 && lead < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || at + length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte_at(text, at + i) & 0xc0U) != 0x80) return 0;
    }
    const unsigned char second = byte_at(text, at + 1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second >= 0xa0)) return 0;
    if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second >= 0x90)) return 0;
    return length;
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

bool looks_secret(std::string_view line) {
    constexpr std::array<std::string_view, 7> words{"passw",    "pasw",       "secret", "token",
                                                    "authoriz", "credential", "api"};
    // A URL with a user: ://user:password@host
    const auto url = line.find("://");
    if (url != std::string_view::npos && line.find('@', url) != std::string_view::npos) return true;
    std::string lower{line};
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return lower.find(word) != std::string::npos;
    });
}

std::optional<diagnostic> text_problem(std::string_view text) {
    std::size_t line = 1;
    std::size_t line_start = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto wrong = [&](const char* message) {
            return diagnostic{
                severity::error, {line, at - line_start + 1, 1}, message, {}, {}, false};
        };
        const unsigned char c = byte_at(text, at);
        const bool line_end =
            c == '\n' || (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
        if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7f) return wrong("a control byte");
        const std::size_t length = sequence_length(text, at);
        if (length == 0) return wrong("not UTF-8");
        at += length;
        if (c != '\n') continue;
        ++line;
        line_start = at;
    }
    return std::nullopt;
}

}  // namespace herdgate
