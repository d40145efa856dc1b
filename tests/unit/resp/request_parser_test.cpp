// SPDX-License-Identifier: Apache-2.0
//
// The request grammar, its limits and its texts. Every case runs whole, byte by byte and cut in two
// at every place. The texts and the inline rules were compared with a redis-server 7.0.15.
#include "herdgate/core/resp/request_parser.hpp"

#include <gtest/gtest.h>

#include "support/feed_requests.hpp"

namespace herdgate::resp {
namespace {

using test::every_byte;
using test::feed_requests;
using test::request_outcome;
using namespace std::string_literals;

using arguments = std::vector<std::string>;

std::vector<request_outcome> feed_every_way(const std::string& stream,
                                            const request_limits& limits = {}) {
    const auto whole = feed_requests(stream, {}, limits);
    EXPECT_EQ(whole, feed_requests(stream, every_byte(stream.size()), limits)) << stream;
    for (std::size_t cut = 0; cut <= stream.size(); ++cut)
        EXPECT_EQ(whole, feed_requests(stream, {cut}, limits)) << stream << " cut at " << cut;
    return whole;
}

// The stream is one request and nothing else.
void expect_request(const std::string& stream, const arguments& expected,
                    const request_limits& limits = {}) {
    const auto outcomes = feed_every_way(stream, limits);
    ASSERT_EQ(outcomes.size(), 2U) << stream;
    EXPECT_EQ(outcomes[0], (request_outcome{parse_status::complete, stream.size(), expected, {}}))
        << stream;
    EXPECT_EQ(outcomes[1].status, parse_status::need_more) << stream;
}

void expect_skip(const std::string& stream) {
    const auto outcomes = feed_every_way(stream);
    ASSERT_EQ(outcomes.size(), 2U) << stream;
    EXPECT_EQ(outcomes[0], (request_outcome{parse_status::skip, stream.size(), {}, {}})) << stream;
}

void expect_error(const std::string& stream, const std::string& text,
                  const request_limits& limits = {}) {
    const auto outcomes = feed_every_way(stream, limits);
    ASSERT_EQ(outcomes.size(), 1U) << stream;
    EXPECT_EQ(outcomes[0].status, parse_status::error) << stream;
    EXPECT_EQ(outcomes[0].error, "ERR Protocol error: " + text) << stream;
}

void expect_wait(const std::string& stream, const request_limits& limits = {}) {
    const auto outcomes = feed_every_way(stream, limits);
    ASSERT_EQ(outcomes.size(), 1U) << stream;
    EXPECT_EQ(outcomes[0].status, parse_status::need_more) << stream;
}

std::string digits(std::size_t count) {
    return std::string(count, '1');
}

TEST(request_parser, reads_multibulk_requests) {
    expect_request("*1\r\n$4\r\nPING\r\n", {"PING"});
    expect_request("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", {"GET", "k"});
    expect_request("*2\r\n$0\r\n\r\n$0\r\n\r\n", {"", ""});
    expect_request("*1\r\n$4\r\n\r\n\0*\r\n"s, {"\r\n\0*"s});
    expect_request("*1\r\n$12\r\nhello world!\r\n", {"hello world!"});
    expect_request("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100\r\n" + digits(100) + "\r\n",
                   {"SET", "k", digits(100)});
}

TEST(request_parser, reads_a_pipeline_of_both_grammars_one_request_at_a_time) {
    const auto outcomes =
        feed_every_way("*1\r\n$4\r\nPING\r\nGET a\r\n\r\n*0\r\n*1\r\n$1\r\nx\r\nPING\n*1\r\n");
    ASSERT_EQ(outcomes.size(), 7U);
    EXPECT_EQ(outcomes[0].args, arguments{"PING"});
    EXPECT_EQ(outcomes[1].args, (arguments{"GET", "a"}));
    EXPECT_EQ(outcomes[2].status, parse_status::skip);
    EXPECT_EQ(outcomes[3].status, parse_status::skip);
    EXPECT_EQ(outcomes[4].args, arguments{"x"});
    EXPECT_EQ(outcomes[5].args, arguments{"PING"});
}

TEST(request_parser, does_not_check_what_ends_a_bulk_or_follows_the_cr_of_a_length) {
    expect_request("*1\rX$4\rXPINGab", {"PING"});
}

TEST(request_parser, skips_requests_without_arguments) {
    for (const char* stream : {"*0\r\n", "*-1\r\n", "*-5\r\n", "*-9223372036854775808\r\n", "\r\n",
                               "\n", "   \r\n", "\t\v\f\r\r\n"})
        expect_skip(stream);
}

TEST(request_parser, refuses_counts_that_are_no_numbers) {
    for (const char* count :
         {"", "x", "-0", "01", "+1", " 1", "1 ", "-", "--1", "1x", "0x1", "1.0", "2147483648",
          "9223372036854775807", "9223372036854775808", "-9223372036854775809",
          "18446744073709551617", "99999999999999999999"})
        expect_error("*"s + count + "\r\n", "invalid multibulk length");
    expect_error("*1\0\r\n"s, "invalid multibulk length");
}

TEST(request_parser, refuses_lengths_that_are_no_numbers) {
    for (const char* length :
         {"", "x", "-0", "-1", "01", "+1", " 1", "1 ", "1x", "536870913", "9223372036854775807",
          "9223372036854775808", "-9223372036854775808", "99999999999999999999"})
        expect_error("*1\r\n$"s + length + "\r\n", "invalid bulk length");
}

TEST(request_parser, names_the_byte_that_is_no_dollar) {
    expect_error("*1\r\nPING\r\n", "expected '$', got 'P'");
    expect_error("*2\r\n$1\r\na\r\n*", "expected '$', got '*'");
    expect_error("*1\r\n\xff", "expected '$', got '\xff'");
}

TEST(request_parser, names_a_control_byte_as_a_blank) {
    for (const std::string& byte : {"\r"s, "\n"s, "\0"s, "\x1f"s, "\x7f"s})
        expect_error("*1\r\n" + byte, "expected '$', got ' '");
}

TEST(request_parser, reads_inline_requests) {
    expect_request("PING\r\n", {"PING"});
    expect_request("PING\n", {"PING"});
    expect_request("  GET \t key  \r\n", {"GET", "key"});
    expect_request("ECHO a\rb\r\n", {"ECHO", "a", "b"});
    expect_request("PING\r\r\n", {"PING"});
    expect_request("ECHO a\0b\r\n"s, {"ECHO", "a\0b"s});
    expect_request("$5\r\n", {"$5"});
}

TEST(request_parser, unescapes_quoted_inline_arguments) {
    expect_request("ECHO \"\" ''\r\n", {"ECHO", "", ""});
    expect_request(R"(ECHO "\x41\n\r\t\b\a\q\x4\"\\")"
                   "\r\n",
                   {"ECHO", "A\n\r\t\b\aqx4\"\\"});
    expect_request("ECHO \"\\xfF\\x0g\"\n", {"ECHO", "\xffx0g"});
    expect_request("ECHO \"\\x00\\x\"\n", {"ECHO", "\0x"s});
    expect_request("ECHO 'a\\'b\\n\\\\ '\n", {"ECHO", "a'b\\n\\\\ "});
    expect_request("ECHO fo\"o b\" \\x41\n", {"ECHO", "foo b", "\\x41"});
    expect_request("ECHO a'b c'\t\"d\"\ve\n", {"ECHO", "ab c", "d", "e"});
    expect_request("\v ECHO a\vb\f\n", {"ECHO", "a\vb\f"});
}

TEST(request_parser, refuses_unbalanced_quotes) {
    for (const char* line :
         {"\"", "'", "ECHO \"a", "ECHO 'a", "ECHO \"a\"b", "ECHO 'a'b", "ECHO \"a\\\"",
          "ECHO 'a\\'", "ECHO 'a\\\\'", "ECHO \"a\\", "ECHO \"\"\"\"", "ECHO \"\\x4"})
        expect_error(line + "\r\n"s, "unbalanced quotes in request");
}

TEST(request_parser, waits_while_the_rest_may_come) {
    for (const char* stream : {"*", "*1", "*1\r", "*1\r\n", "*1\r\n$", "*1\r\n$4\r\n",
                               "*1\r\n$4\r\nPING", "*1048576\r\n", "*1\r\n$4\r\nPING\r",
                               "*1\r\n$536870\r\n", "PING", "PING\r", "\"", "*2\r\n$1\r\na\r\n"})
        expect_wait(stream);
}

TEST(request_parser, limits_a_length_line) {
    // The whole line at its limit is judged as a number; one byte more is too long, whether or not
    // its end arrived.
    const std::size_t most = limits::length_line_bytes - 3;
    expect_error("*" + digits(most) + "\r\n", "invalid multibulk length");
    expect_wait("*" + digits(most));
    expect_error("*" + digits(most + 1), "too big mbulk count string");
    expect_error("*" + digits(most + 1) + "\r\n", "too big mbulk count string");
    expect_error("*1\r\n$" + digits(most) + "\r\n", "invalid bulk length");
    expect_wait("*1\r\n$" + digits(most));
    expect_error("*1\r\n$" + digits(most + 1), "too big bulk count string");
}

TEST(request_parser, limits_an_inline_request) {
    const request_limits limits{.inline_bytes = 8};
    expect_request("ECHO aaa\n", {"ECHO", "aaa"}, limits);
    expect_request("ECHO aa\r\n", {"ECHO", "aa"}, limits);
    expect_wait("ECHO aaa", limits);
    expect_error("ECHO aaaa", "too big inline request", limits);
    expect_error("ECHO aaaa\n", "too big inline request", limits);
}

TEST(request_parser, limits_an_inline_request_to_64_KiB_by_default) {
    const std::string line(65536, 'a');
    EXPECT_EQ(feed_requests(line, {}).back().status, parse_status::need_more);
    EXPECT_EQ(feed_requests(line + "\n", {40000}).front().args, arguments{line});
    EXPECT_EQ(feed_requests(line + "a", {40000}).front().error,
              "ERR Protocol error: too big inline request");
}

TEST(request_parser, limits_the_number_of_arguments) {
    expect_request("*2\r\n$1\r\na\r\n$1\r\nb\r\n", {"a", "b"}, {.arguments = 2});
    expect_error("*3\r\n", "invalid multibulk length", {.arguments = 2});
    expect_wait("*1048576\r\n");
    expect_error("*1048577\r\n", "invalid multibulk length");
}

TEST(request_parser, limits_an_argument) {
    expect_request("*1\r\n$3\r\nabc\r\n", {"abc"}, {.bulk_bytes = 3});
    expect_error("*1\r\n$4\r\n", "invalid bulk length", {.bulk_bytes = 3});
    expect_wait("*1\r\n$536870912\r\n", {.request_bytes = std::size_t{1} << 40});
    expect_error("*1\r\n$536870913\r\n", "invalid bulk length",
                 {.request_bytes = std::size_t{1} << 40});
}

TEST(request_parser, limits_the_bytes_of_a_request) {
    const std::string request = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
    expect_request(request, {"GET", "k"}, {.request_bytes = request.size()});
    expect_error(request, "request exceeds 19 bytes", {.request_bytes = request.size() - 1});
    expect_error("*1\r\n$67108864\r\n", "request exceeds 67108864 bytes");
    expect_wait("*1\r\n$67108847\r\n");
    expect_error("*1\r\n$67108848\r\n", "request exceeds 67108864 bytes");
    expect_request("PING\r\n", {"PING"}, {.request_bytes = 6});
    expect_error("PING\r\n", "request exceeds 5 bytes", {.request_bytes = 5});
    expect_error("*1\r\n$1\r\n", "request exceeds 0 bytes", {.request_bytes = 0});
}

TEST(request_parser, has_tighter_limits_before_authentication) {
    const request_limits limits{.authenticated = false};
    expect_wait("*10\r\n", limits);
    expect_error("*11\r\n", "unauthenticated multibulk length", limits);
    expect_error("*2147483647\r\n", "unauthenticated multibulk length", limits);
    expect_error("*2147483648\r\n", "invalid multibulk length", limits);
    expect_wait("*1\r\n$16384\r\n", limits);
    expect_error("*1\r\n$16385\r\n", "unauthenticated bulk length", limits);
    expect_error("*1\r\n$536870913\r\n", "invalid bulk length", limits);
    expect_error("*3\r\n", "unauthenticated multibulk length",
                 {.arguments = 2, .authenticated = false});
    expect_error("*1\r\n$3\r\n", "unauthenticated bulk length",
                 {.bulk_bytes = 2, .authenticated = false});
}

TEST(request_parser, takes_new_limits_between_requests) {
    request_parser parser{{.authenticated = false}};
    EXPECT_EQ(parser.parse("PING\r\n*11\r\n"), parse_status::complete);
    parser.set_limits({});
    EXPECT_EQ(parser.parse("*11\r\n"), parse_status::need_more);
}

TEST(request_parser, says_the_same_error_again) {
    request_parser parser;
    EXPECT_EQ(parser.parse("*x\r\n"), parse_status::error);
    EXPECT_EQ(parser.parse("PING\r\n"), parse_status::error);
    EXPECT_EQ(parser.error(), "ERR Protocol error: invalid multibulk length");
    EXPECT_FALSE(parser.in_request());
}

TEST(request_parser, wants_never_more_than_the_request_still_needs) {
    for (const std::string& request :
         {"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"s, "*1\r\n$12\r\nhello world!\r\n"s, "ECHO \"a b\"\r\n"s,
          "*0\r\n"s}) {
        request_parser parser;
        for (std::size_t size = 0; size < request.size(); ++size) {
            ASSERT_EQ(parser.parse(std::string_view{request}.substr(0, size)),
                      parse_status::need_more);
            EXPECT_GE(parser.wanted(), 1U);
            EXPECT_LE(parser.wanted(), request.size() - size) << request << " after " << size;
        }
    }
}

TEST(request_parser, wants_all_the_rest_of_a_bulk) {
    request_parser parser;
    EXPECT_EQ(parser.parse("*1\r\n$1000000\r\nab"), parse_status::need_more);
    EXPECT_EQ(parser.wanted(), 1'000'000U);
}

TEST(request_parser, is_in_a_request_from_its_first_byte_to_its_last) {
    request_parser parser;
    EXPECT_FALSE(parser.in_request());
    EXPECT_EQ(parser.parse(""), parse_status::need_more);
    EXPECT_FALSE(parser.in_request());
    EXPECT_EQ(parser.parse("P"), parse_status::need_more);
    EXPECT_TRUE(parser.in_request());
    EXPECT_EQ(parser.parse("PING\n"), parse_status::complete);
    EXPECT_FALSE(parser.in_request());
    EXPECT_EQ(parser.parse(""), parse_status::need_more);
    EXPECT_FALSE(parser.in_request());
}

}  // namespace
}  // namespace herdgate::resp
