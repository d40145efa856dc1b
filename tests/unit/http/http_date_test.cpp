// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/http_date.hpp"

#include <gtest/gtest.h>

namespace herdgate {
namespace {

constexpr std::int64_t now = 1'700'000'000;       // in 2023
constexpr std::int64_t the_moment = 784'111'777;  // of RFC 9110's examples

TEST(http_date, reads_the_three_formats) {
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994", " Sun, 06 Nov 1994 08:49:37 GMT "})
        EXPECT_EQ(parse_http_date(text, now), the_moment) << text;
    EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT", now), 0);
    EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT", now), 1'709'251'200);
    EXPECT_EQ(parse_http_date("Thu Nov 16 08:49:37 1995", now), 816'511'777);
}

TEST(http_date, a_year_of_two_digits_is_not_far_ahead) {
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-74 08:49:37 GMT", now),
              parse_http_date("Sun, 06 Nov 1974 08:49:37 GMT", now));
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-73 08:49:37 GMT", now),
              parse_http_date("Sun, 06 Nov 2073 08:49:37 GMT", now));
}

TEST(http_date, refuses_everything_else) {
    for (const char* text : {"",
                             "0",
                             "-1",
                             "Sun",
                             "Sun, ",
                             "Sun, 06 Nov 1994",
                             "Sun, 06 Nov 1994 08:49:37",
                             "Sun, 06 Nov 1994 08:49:37 CET",
                             "Sun, 06 Nov 1994 08:49:37 GMTx",
                             "Sun, 6 Nov 1994 08:49:37 GMT",
                             "Sun, 31 Feb 1994 08:49:37 GMT",
                             "Sun, 00 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Foo 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:00:00 GMT",
                             "Sun, 06 Nov 1994 08:60:00 GMT",
                             "Sun, 06 Nov 1994 08:00:61 GMT",
                             "Sun, 06 Nov 94 08:49:37 GMT",
                             "S, 06 Nov 1994 08:49:37 GMT",
                             "Sun Nov 6 08:49:37 1994",
                             "1994-11-06T08:49:37Z",
                             "784111777"})
        EXPECT_FALSE(parse_http_date(text, now)) << text;
}

}  // namespace
}  // namespace herdgate
