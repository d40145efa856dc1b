// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/route_pattern.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace herdgate {
namespace {

route_pattern pattern(std::string_view text) {
    auto parsed = route_pattern::parse(text);
    EXPECT_TRUE(parsed) << text << ": " << parsed.error().message;
    return parsed ? *parsed : route_pattern{};
}

struct good_case {
    std::string_view pattern, key;
    std::vector<std::string_view> captured;
};

TEST(route_pattern, claims_and_captures) {
    const std::vector<good_case> cases{
        {"product:{id}", "product:42", {"42"}},
        {"product:{id}", "product:a/b c", {"a/b c"}},
        {"report:{name}:{day}", "report:sales:2026", {"sales", "2026"}},
        {"{a}-{b}", "x:y-z", {"x:y", "z"}},
        {"file:{path*}", "file:a:b:c", {"a:b:c"}},
        {"{x}.json", "a.json", {"a"}},
        {"{key*}", "anything", {"anything"}},
        {"literal", "literal", {}},
        {"a{{{x}}}b", "a{1}b", {"1"}},
        {"regex:item-(?P<id>\\d+)", "item-7", {"7"}},
        {"regex:(?:a|b)(?P<x>.*?)(y)?", "a", {""}},
        {"regex:(?P<b>.)(z)?(?P<a>.)", "\xff\x80", {"\xff", "\x80"}},
    };
    captures out;
    for (const auto& c : cases) {
        ASSERT_TRUE(pattern(c.pattern).match(c.key, out)) << c.pattern << " " << c.key;
        EXPECT_EQ(out, c.captured) << c.pattern;
        EXPECT_TRUE(pattern(c.pattern).match(c.key));
        EXPECT_EQ(pattern(c.pattern).why_not(c.key), "");
    }
}

TEST(route_pattern, does_not_claim_and_says_why) {
    const std::vector<std::vector<std::string_view>> cases{
        {"product:{id}", "prod:1", "the key does not start with 'product:'"},
        {"product:{id}", "product:", "{id} would be empty"},
        {"product:{id}", "product:1:2", "{id} would contain ':' ({id*} may)"},
        {"a:{x}:meta", "a:1:b", "{x} is not followed by ':meta'"},
        {"a:{x}:meta", "a:1", "{x} is not followed by ':meta'"},
        {"a:{x}:meta", "a::meta", "{x} would be empty"},
        {"a:{x}:m", "a:1:m2", "the key goes on after the pattern's end"},
        {"lit", "lit2", "the key goes on after the pattern's end"},
        {"f:{p*}", "f:", "{p} would be empty"},
        {"regex:a+", "aab", "the regular expression does not match the whole key"},
    };
    captures out{"stale"};
    for (const auto& c : cases) {
        EXPECT_FALSE(pattern(c[0]).match(c[1], out)) << c[0] << " " << c[1];
        EXPECT_TRUE(out.empty());
        EXPECT_EQ(pattern(c[0]).why_not(c[1]), c[2]);
    }
    EXPECT_FALSE(route_pattern{}.match("")) << "a default-constructed pattern claims nothing";
}

TEST(route_pattern, errors_point_at_the_byte) {
    struct bad_case {
        std::string text, message;
        std::size_t offset;
    };
    const std::vector<bad_case> cases{
        {"", "a pattern cannot be empty", 0},
        {"a:{x", "'{' without '}'", 2},
        {"a:x}", "'}' without '{'", 3},
        {"a:{}", "a capture's name is made of letters, digits and '_'", 2},
        {"a:{x y}", "a capture's name is made of letters, digits and '_'", 2},
        {"a:{x}{y}", "two captures need literal text between them", 5},
        {"a:{x}:{x}", "capture 'x' occurs twice", 6},
        {"a:{x*}:b", "nothing may follow {x*}: it takes the rest of the key", 6},
        {"regex:a(b", "not a regular expression of RE2: missing ): a(b", 6},
        {std::string(route_pattern::max_length + 1, 'a'), "a pattern has 1024 bytes at most", 1024},
    };
    for (const auto& c : cases) {
        const auto parsed = route_pattern::parse(c.text);
        ASSERT_FALSE(parsed) << c.text;
        EXPECT_EQ(parsed.error().message, c.message);
        EXPECT_EQ(parsed.error().offset, c.offset) << c.text;
    }
    EXPECT_TRUE(route_pattern::parse(std::string(route_pattern::max_length, 'a')));
}

TEST(route_pattern, sixteen_captures_and_no_more) {
    std::string text;
    for (int i = 0; i < 16; ++i) text += "{c" + std::to_string(i) + "}:";
    EXPECT_TRUE(route_pattern::parse(text));
    EXPECT_FALSE(route_pattern::parse(text + "{c16}"));
    EXPECT_TRUE(route_pattern::parse("regex:(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)"));
    EXPECT_FALSE(route_pattern::parse("regex:(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)(a)"));
}

TEST(route_pattern, literal_prefix_of_regular_expressions) {
    EXPECT_EQ(pattern("product:{id}").literal_prefix(), "product:");
    EXPECT_EQ(pattern("regex:user:\\d+").literal_prefix(), "user:");
    for (const char* text :
         {"regex:(?i)abc", "regex:a|b", "regex:.*x", "regex:user:1|uzi", "regex:a?b"}) {
        const route_pattern p = pattern(text);
        for (const char* key : {"ABC", "abc", "a", "b", "x", "zx", "user:1", "uzi", "ab"}) {
            if (p.match(key)) {
                EXPECT_TRUE(std::string_view{key}.starts_with(p.literal_prefix()))
                    << text << " " << key;
            }
        }
    }
}

}  // namespace
}  // namespace herdgate
