// SPDX-License-Identifier: Apache-2.0
//
// Words of a command in any case. ASCII only, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace herdgate {

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Whether `word` is `lowercase` in any case.
constexpr bool is_word(std::string_view word, std::string_view lowercase) noexcept {
    if (word.size() != lowercase.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (to_lower(word[i]) != lowercase[i]) return false;
    return true;
}

inline std::string lower(std::string_view word) {
    std::string result{word};
    for (char& c : result) c = to_lower(c);
    return result;
}

}  // namespace herdgate
