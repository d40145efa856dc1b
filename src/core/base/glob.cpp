// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/base/glob.hpp"

#include <algorithm>
#include <cstddef>

namespace herdgate {
namespace {

// pattern[at] follows a '['. Moves `at` past the set. Bytes compare as signed ones on every
// platform, as where Redis runs.
bool match_set(std::string_view pattern, std::size_t& at, signed char c) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<signed char>(pattern[i]); };
    const bool inverted = at < pattern.size() && pattern[at] == '^';
    if (inverted) ++at;
    bool found = false;
    while (at < pattern.size() && pattern[at] != ']') {
        if (pattern[at] == '\\' && at + 1 < pattern.size()) {
            ++at;
            found |= byte(at) == c;
        } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
            const auto [low, high] = std::minmax({byte(at), byte(at + 2)});
            found |= low <= c && c <= high;
            at += 2;
        } else {
            found |= byte(at) == c;
        }
        ++at;
    }
    if (at < pattern.size()) ++at;  // the ']'
    return found != inverted;
}

// Matches one byte of text with the element at `at`, which is not a star. Moves `at` past the
// element.
bool match_one(std::string_view pattern, std::size_t& at, char c) noexcept {
    if (pattern[at] == '?') {
        ++at;
        return true;
    }
    if (pattern[at] == '[') return match_set(pattern, ++at, static_cast<signed char>(c));
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    return pattern[at++] == c;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) noexcept {
    constexpr auto none = std::string_view::npos;
    if (text.empty()) return pattern.empty();
    std::size_t at = 0;
    std::size_t after_star = none;  // where the pattern goes on after the last star
    std::size_t star_text = 0;      // where the text goes on if that star takes no more than it has
    for (std::size_t t = 0; t < text.size();) {
        if (at < pattern.size() && pattern[at] == '*') {
            while (at < pattern.size() && pattern[at] == '*') ++at;
            if (at == pattern.size()) return true;
            after_star = at;
            star_text = t;
        } else if (at < pattern.size() && match_one(pattern, at, text[t])) {
            ++t;
        } else {
            if (after_star == none) return false;
            at = after_star;
            t = ++star_text;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

}  // namespace herdgate
