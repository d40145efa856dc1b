// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/cache_control.hpp"

#include <gtest/gtest.h>

#include <string>

namespace herdgate {
namespace {

std::optional<std::int64_t> max_age(std::string_view value) {
    return parse_cache_control(value).max_age;
}

TEST(cache_control, reads_every_directive_of_answers) {
    const cache_control c = parse_cache_control(
        "no-store, no-cache, private, must-revalidate, max-age=1, s-maxage=2, "
        "stale-while-revalidate=3, stale-if-error=4");
    EXPECT_TRUE(c.no_store && c.no_cache && c.is_private && c.must_revalidate);
    EXPECT_EQ(c.max_age, 1);
    EXPECT_EQ(c.s_maxage, 2);
    EXPECT_EQ(c.stale_while_revalidate, 3);
    EXPECT_EQ(c.stale_if_error, 4);
    EXPECT_TRUE(parse_cache_control("proxy-revalidate").must_revalidate);
    EXPECT_EQ(parse_cache_control(""), cache_control{});
}

TEST(cache_control, does_not_mind_cases_blanks_and_empty_elements) {
    for (const char* text :
         {"max-age=60", "Max-Age=60", "MAX-AGE = 60", " ,, max-age=60 , ", "public,max-age=60",
          "x=\"a,b\",max-age=60", "\tmax-age=60\t", "max-age=\"60\"", "x=\"\\\"\", max-age=60"})
        EXPECT_EQ(max_age(text), 60) << text;
}

TEST(cache_control, of_a_directive_that_comes_twice_the_first_counts) {
    EXPECT_EQ(max_age("max-age=5, max-age=3600"), 5);
    EXPECT_EQ(max_age("max-age=x, max-age=3600"), 0);
}

TEST(cache_control, a_number_that_is_none_means_stale) {
    for (const char* text :
         {"max-age", "max-age=", "max-age=-1", "max-age=+1", "max-age=1.5", "max-age=1 2",
          "max-age=0x10", "max-age=abc", "max-age=\"\"", "max-age=\"6", "max-age=1s"}) {
        const auto found = max_age(text);
        ASSERT_TRUE(found) << text;
        EXPECT_EQ(*found, std::string_view{text} == "max-age=\"6" ? 6 : 0) << text;
    }
}

TEST(cache_control, large_numbers_are_cut) {
    EXPECT_EQ(max_age("max-age=2147483648"), delta_seconds_max);
    EXPECT_EQ(max_age("max-age=99999999999999999999999999"), delta_seconds_max);
    EXPECT_EQ(max_age("max-age=2147483647"), delta_seconds_max - 1);
    EXPECT_EQ(max_age("max-age=000000000000000000000000007"), 7);
}

TEST(cache_control, what_stands_in_quotes_is_no_directive) {
    EXPECT_EQ(parse_cache_control("ext=\"a, no-store, max-age=1\""), cache_control{});
    EXPECT_EQ(parse_cache_control("ext=\"never closed, no-store"), cache_control{});
    EXPECT_EQ(parse_cache_control("ext=\"\\\", no-store\""), cache_control{});
    EXPECT_EQ(parse_cache_control("no-storex, xno-store, nostore"), cache_control{});
}

TEST(cache_control, a_list_of_header_names_means_the_whole_answer) {
    EXPECT_TRUE(parse_cache_control("no-cache=\"Set-Cookie, X\"").no_cache);
    EXPECT_TRUE(parse_cache_control("private=\"X\", max-age=1").is_private);
}

}  // namespace
}  // namespace herdgate
