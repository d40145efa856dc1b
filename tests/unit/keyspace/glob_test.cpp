// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/base/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace herdgate {
namespace {

struct glob_case {
    std::string_view pattern;
    std::string_view text;
    bool matches;
};

TEST(glob, answers_as_redis_does) {
    const glob_case cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", false},
        {"*", "a", true},
        {"**", "abc", true},
        {"a*", "a", true},
        {"a**", "a", true},
        {"*a", "ba", true},
        {"*a", "ab", false},
        {"a*c", "abbc", true},
        {"a*b*c", "aXbYc", true},
        {"a*b*c", "aXcYb", false},
        {"?", "a", true},
        {"?", "", false},
        {"??", "a", false},
        {"h[ae]llo", "hello", true},
        {"h[ae]llo", "hillo", false},
        {"h[^e]llo", "hallo", true},
        {"h[^e]llo", "hello", false},
        {"[a-c]", "b", true},
        {"[c-a]", "b", true},
        {"[a-c]", "d", false},
        {"[", "[", false},
        {"[a", "a", true},
        {"[^", "x", true},
        {"[^]", "x", true},
        {"[]", "x", false},
        {"[\\]]", "]", true},
        {"[a\\-c]", "b", false},
        {"[a-", "-", true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"\\", "\\", true},
        {"a\\", "a\\", true},
        {"\\\\", "\\", true},
        {"*[a-c]?x", "zzbyx", true},
        {"*.txt", "a.txt.txt", true},
    };
    for (const glob_case& c : cases) {
        EXPECT_EQ(glob_match(c.pattern, c.text), c.matches) << c.pattern << " on " << c.text;
    }
}

TEST(glob, many_stars_do_not_multiply) {
    std::string pattern;
    for (int n = 0; n < 1000; ++n) pattern += "a*";
    pattern += 'b';
    // Exponential where each star is tried again: this would not end.
    EXPECT_FALSE(glob_match(pattern, std::string(20'000, 'a')));
}

}  // namespace
}  // namespace herdgate
