// SPDX-License-Identifier: Apache-2.0
//
// What the parsers take from the heap: nothing by declared lengths, nothing in the steady state.
#include <gtest/gtest.h>

#include "herdgate/core/resp/reply_parser.hpp"
#include "herdgate/core/resp/request_parser.hpp"
#include "support/allocated_bytes.hpp"

namespace herdgate::resp {
namespace {

TEST(request_parser_memory, takes_nothing_by_a_declared_count_or_length) {
    request_parser parser;
    EXPECT_EQ(
        bytes_taken_by([&] { EXPECT_EQ(parser.parse("*1048576\r\n"), parse_status::need_more); }),
        0U);
    EXPECT_LT(bytes_taken_by([&] {
                  EXPECT_EQ(parser.parse("*1048576\r\n$1\r\na\r\n$67000000\r\nabc"),
                            parse_status::need_more);
              }),
              128U);
}

TEST(request_parser_memory, takes_nothing_in_the_steady_state) {
    request_parser parser;
    const std::string_view set = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n";
    const std::string_view line = "SET \"a rather long key that no small string holds\" value\r\n";
    const auto both = [&] {
        EXPECT_EQ(parser.parse(set), parse_status::complete);
        EXPECT_EQ(parser.parse(line), parse_status::complete);
    };
    both();
    EXPECT_EQ(bytes_taken_by([&] {
                  for (int i = 0; i < 1000; ++i) both();
              }),
              0U);
}

TEST(request_parser_memory, takes_at_most_a_few_bytes_for_each_argument_that_arrived) {
    std::string request = "*10000\r\n";
    for (int i = 0; i < 10'000; ++i) request += "$0\r\n\r\n";
    request_parser parser;
    // Doubling vectors: up to four times the 32 bytes that remain.
    EXPECT_LT(bytes_taken_by([&] { EXPECT_EQ(parser.parse(request), parse_status::complete); }),
              10'000U * 32 * 4);
}

TEST(request_parser_memory, gives_back_what_a_large_request_took) {
    std::string request = "*10000\r\n";
    for (int i = 0; i < 10'000; ++i) request += "$0\r\n\r\n";
    request_parser parser;
    EXPECT_EQ(parser.parse(request), parse_status::complete);
    EXPECT_EQ(parser.parse(""), parse_status::need_more);
    // What was given back has to be taken again.
    EXPECT_GT(bytes_taken_by([&] { EXPECT_EQ(parser.parse(request), parse_status::complete); }),
              10'000U * 32);
}

TEST(reply_parser_memory, takes_nothing_by_a_declared_count_or_length) {
    reply_parser parser;
    EXPECT_LT(bytes_taken_by([&] {
                  EXPECT_EQ(parser.parse("*9223372036854775807\r\n%1000000000\r\n$536870912\r\n"),
                            parse_status::need_more);
              }),
              128U);
}

TEST(reply_parser_memory, takes_little_at_the_deepest_nesting_and_nothing_again) {
    std::string reply;
    for (std::size_t i = 0; i < limits::reply_nesting; ++i) reply += "*1\r\n";
    reply += ":1\r\n";
    reply_parser parser;
    EXPECT_LE(bytes_taken_by([&] { EXPECT_EQ(parser.parse(reply), parse_status::complete); }),
              8U * 1024);
    EXPECT_EQ(bytes_taken_by([&] { EXPECT_EQ(parser.parse(reply), parse_status::complete); }), 0U);
}

}  // namespace
}  // namespace herdgate::resp
