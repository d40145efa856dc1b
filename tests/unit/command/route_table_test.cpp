// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/route_table.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

std::vector<route> routes(const std::vector<std::string>& patterns) {
    std::vector<route> all(patterns.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].index = i;
        all[i].match = *route_pattern::parse(patterns[i]);
    }
    return all;
}

long first_match(const std::vector<route>& all, std::string_view key) {
    for (const route& r : all) {
        if (r.match.match(key)) return static_cast<long>(r.index);
    }
    return -1;
}

TEST(route_table, the_first_in_file_order_wins_whatever_the_prefixes) {
    const auto all = routes({"user:vip:{id}", "user:{rest*}", "user:vip:gold:{id}", "{any*}", "u"});
    const route_table table{all};
    captures out;
    const auto index = [&](std::string_view key) { return table.find(key, out)->index; };
    EXPECT_EQ(index("user:vip:7"), 0U);
    EXPECT_EQ(out, captures{"7"});
    EXPECT_EQ(index("user:vip:gold:7"), 1U);
    EXPECT_EQ(out, captures{"vip:gold:7"});
    EXPECT_EQ(index("u"), 3U);
    EXPECT_EQ(table.find(""), nullptr);
    EXPECT_EQ(table.find("", out), nullptr);
    EXPECT_TRUE(out.empty());
}

RC_GTEST_PROP(route_table, finds_what_a_walk_through_the_file_finds, ()) {
    const auto piece = rc::gen::element<std::string>("a", "b", "ab", ":", "a:", "\xff", "\x01");
    const auto joined = [](const std::vector<std::string>& parts) {
        std::string text;
        for (const auto& part : parts) text += part;
        return text;
    };
    const auto text = rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), joined);
    std::vector<std::string> patterns;
    for (const auto& prefix : *rc::gen::container<std::vector<std::string>>(text)) {
        const auto tail = *rc::gen::element<std::string>("", "{x}", "{x*}", "{x}:{y}");
        if (!(prefix + tail).empty()) patterns.push_back(prefix + tail);
    }
    const auto all = routes(patterns);
    const route_table table{all};
    for (const auto& key : *rc::gen::container<std::vector<std::string>>(text)) {
        const route* found = table.find(key);
        RC_ASSERT((found == nullptr ? -1 : static_cast<long>(found->index)) ==
                  first_match(all, key));
        for (const auto& u : unreachable_routes(all)) RC_ASSERT(found != &all[u.route]);
    }
}

TEST(route_table, ten_thousand_routes) {
    std::vector<std::string> patterns;
    for (int i = 0; i < 10'000; ++i) patterns.push_back("tenant" + std::to_string(i) + ":{id}");
    const auto all = routes(patterns);
    const route_table table{all};
    for (std::size_t i = 0; i < all.size(); ++i)
        ASSERT_EQ(table.find("tenant" + std::to_string(i) + ":x"), &all[i]);
    EXPECT_TRUE(unreachable_routes(all).empty());
}

TEST(unreachable_routes, finds_what_can_never_match_and_nothing_else) {
    struct pair_case {
        std::string first, second;
        bool unreachable;
    };
    const std::vector<pair_case> cases{
        {"a:{x}", "a:{y}", true},         {"a:{x*}", "a:{y}", true},
        {"a:{x*}", "a:b:{y}", true},      {"a:{x*}", "a:", false},
        {"a:{x*}", "a:b", true},          {"a:{x}", "a:b", true},
        {"a:{x}", "a:b:c", false},        {"a:{x}", "a:{y*}", false},
        {"{k*}", "a:{y}", true},          {"a:{x}:{y*}", "a:{p}:{q}", true},
        {"a:{x}:{y*}", "a:{p}:b", true},  {"a:{x}:{y*}", "a:{p}-b", false},
        {"a:{x}", "b:{x}", false},        {"regex:a.*", "abc", true},
        {"regex:a\\d", "abc", false},     {"regex:a.*", "regex:a.*", true},
        {"regex:a.*", "regex:a.", false}, {"a{x*}", "regex:ab\\d", true},
        {"ab{x*}", "regex:ab.*", false},  {"a:{x}:{y*}", "a:{p*}", false},
    };
    for (const auto& c : cases)
        EXPECT_EQ(unreachable_routes(routes({c.first, c.second})).size(), c.unreachable ? 1U : 0U)
            << c.first << " then " << c.second;
}

}  // namespace
}  // namespace herdgate
