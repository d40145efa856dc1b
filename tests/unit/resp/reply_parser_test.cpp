// SPDX-License-Identifier: Apache-2.0
//
// The reply grammar and its limits. Every case runs whole, byte by byte and cut in two at every
// place.
#include "herdgate/core/resp/reply_parser.hpp"

#include <gtest/gtest.h>

#include "support/feed_replies.hpp"
#include "support/feed_requests.hpp"

namespace herdgate::resp {
namespace {

using test::every_byte;
using test::feed_replies;
using test::reply_outcome;
using namespace std::string_literals;

std::vector<reply_outcome> feed_every_way(const std::string& stream,
                                          const reply_limits& limits = {}) {
    const auto whole = feed_replies(stream, {}, limits);
    EXPECT_EQ(whole, feed_replies(stream, every_byte(stream.size()), limits)) << stream;
    for (std::size_t cut = 0; cut <= stream.size(); ++cut)
        EXPECT_EQ(whole, feed_replies(stream, {cut}, limits)) << stream << " cut at " << cut;
    return whole;
}

// The stream is one reply and nothing else.
void expect_reply(const std::string& stream, reply_kind kind, const reply_limits& limits = {}) {
    const auto outcomes = feed_every_way(stream, limits);
    ASSERT_EQ(outcomes.size(), 2U) << stream;
    EXPECT_EQ(outcomes[0], (reply_outcome{parse_status::complete, stream.size(), kind, {}}))
        << stream;
    EXPECT_EQ(outcomes[1].status, parse_status::need_more) << stream;
}

void expect_error(const std::string& stream, const std::string& text,
                  const reply_limits& limits = {}) {
    const auto outcomes = feed_every_way(stream, limits);
    ASSERT_EQ(outcomes.size(), 1U) << stream;
    EXPECT_EQ(outcomes[0].error, text) << stream;
}

void expect_wait(const std::string& stream, const reply_limits& limits = {}) {
    const auto outcomes = feed_every_way(stream, limits);
    ASSERT_EQ(outcomes.size(), 1U) << stream;
    EXPECT_EQ(outcomes[0].status, parse_status::need_more) << stream;
}

std::string repeat(std::size_t count, const std::string& text) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

TEST(reply_parser, reads_scalars) {
    expect_reply("+OK\r\n", reply_kind::simple);
    expect_reply("+\r\n", reply_kind::simple);
    expect_reply("-ERR no\r\n", reply_kind::error);
    for (const char* number : {"0", "1", "-1", "9223372036854775807", "-9223372036854775808"})
        expect_reply(":"s + number + "\r\n", reply_kind::integer);
    expect_reply("_\r\n", reply_kind::null);
    expect_reply("#t\r\n", reply_kind::boolean);
    expect_reply("#f\r\n", reply_kind::boolean);
    for (const char* number : {"1.5", "0", "-inf", "inf", "nan", "1e-7", "-0", "+3.E+10"})
        expect_reply(","s + number + "\r\n", reply_kind::double_);
    // Redis passes on what a script calls one.
    for (const char* number :
         {"0", "-1", "123  123", "3492890328409238509324850943850943825024385"})
        expect_reply("("s + number + "\r\n", reply_kind::big_number);
}

TEST(reply_parser, reads_bulks_of_any_bytes) {
    expect_reply("$0\r\n\r\n", reply_kind::bulk);
    expect_reply("$3\r\nabc\r\n", reply_kind::bulk);
    expect_reply("$6\r\n\r\n\0$1\r\r\n"s, reply_kind::bulk);
    expect_reply("!5\r\nERR x\r\n", reply_kind::blob_error);
    expect_reply("=7\r\ntxt:abc\r\n", reply_kind::verbatim);
    expect_reply("=4\r\ntxt:\r\n", reply_kind::verbatim);
}

TEST(reply_parser, reads_the_nulls_of_both_protocols) {
    expect_reply("$-1\r\n", reply_kind::null);
    expect_reply("*-1\r\n", reply_kind::null);
    expect_reply("*3\r\n$-1\r\n*-1\r\n_\r\n", reply_kind::array);
}

TEST(reply_parser, reads_aggregates) {
    expect_reply("*0\r\n", reply_kind::array);
    expect_reply("%0\r\n", reply_kind::map);
    expect_reply("~0\r\n", reply_kind::set);
    expect_reply("*2\r\n:1\r\n$1\r\na\r\n", reply_kind::array);
    expect_reply("%2\r\n+a\r\n:1\r\n+b\r\n*0\r\n", reply_kind::map);
    expect_reply("~1\r\n,1.5\r\n", reply_kind::set);
    expect_reply(">2\r\n+message\r\n$1\r\nx\r\n", reply_kind::push);
    expect_reply("*2\r\n*2\r\n*0\r\n*1\r\n%1\r\n~0\r\n_\r\n:1\r\n", reply_kind::array);
}

TEST(reply_parser, takes_a_push_within_an_array_as_an_element) {
    // So Redis answers SUBSCRIBE within MULTI.
    expect_reply("*1\r\n>3\r\n+subscribe\r\n+c\r\n:1\r\n", reply_kind::array);
}

TEST(reply_parser, keeps_attributes_with_the_reply_that_they_precede) {
    expect_reply("|1\r\n+ttl\r\n:3600\r\n$1\r\na\r\n", reply_kind::bulk);
    expect_reply("|0\r\n:1\r\n", reply_kind::integer);
    expect_reply("|1\r\n+a\r\n*1\r\n:1\r\n|1\r\n+b\r\n:2\r\n>1\r\n+x\r\n", reply_kind::push);
    expect_reply("*2\r\n|1\r\n+a\r\n:1\r\n:2\r\n:3\r\n", reply_kind::array);
    expect_reply("|1\r\n|1\r\n+a\r\n+b\r\n+c\r\n:1\r\n_\r\n", reply_kind::null);
    expect_wait("|1\r\n+ttl\r\n:3600\r\n");
    expect_wait("*1\r\n|1\r\n+a\r\n:1\r\n");
}

TEST(reply_parser, reads_replies_one_at_a_time) {
    const auto outcomes = feed_every_way("+OK\r\n>1\r\n+x\r\n$-1\r\n*1\r\n:1\r\n$1\r\n");
    ASSERT_EQ(outcomes.size(), 5U);
    EXPECT_EQ(outcomes[0].kind, reply_kind::simple);
    EXPECT_EQ(outcomes[1].kind, reply_kind::push);
    EXPECT_EQ(outcomes[2].kind, reply_kind::null);
    EXPECT_EQ(outcomes[3].kind, reply_kind::array);
    EXPECT_EQ(outcomes[4].status, parse_status::need_more);
}

TEST(reply_parser, waits_while_the_rest_may_come) {
    for (const char* stream :
         {"+", "+a", "+a\r", "$3", "$3\r\n", "$3\r\nabc", "$3\r\nabc\r", "*1\r\n", "*2\r\n:1\r\n",
          "%1\r\n+a\r\n", "*9223372036854775807\r\n:1\r\n", "$536870912\r\nabc",
          "%4611686018427387903\r\n"})
        expect_wait(stream);
}

TEST(reply_parser, refuses_unknown_types) {
    for (const std::string& type : {"x"s, "\r"s, "\n"s, "\0"s, " "s, "?"s, ";"s, "."s, "\xff"s}) {
        expect_error(type, "unknown reply type");
        expect_error("*1\r\n" + type, "unknown reply type");
    }
}

TEST(reply_parser, refuses_bad_scalars) {
    for (const char* number : {"", "+5", "5x", "01", "-0", " 1", "9223372036854775808"})
        expect_error(":"s + number + "\r\n", "bad integer");
    for (const char* text : {"", "x", "T", "true", "tt"})
        expect_error("#"s + text + "\r\n", "bad boolean");
    expect_error("_x\r\n", "bad null");
    for (const char* text : {"", "1,5", "0x1", "1 "})
        expect_error(","s + text + "\r\n", "bad double");
}

TEST(reply_parser, refuses_line_ends_that_are_not_cr_lf) {
    expect_error("+a\rb", "CR without LF");
    expect_error("-a\r\r\n", "CR without LF");
    expect_error("+a\nb\r\n", "LF without CR");
    expect_error("-a\n\r\n", "LF without CR");
    expect_error(":1\n\r\n", "bad integer");
    expect_error("$1\rX", "CR without LF");
    expect_error("$3\r\nabcXY", "bulk without line end");
    expect_error("$3\r\nabc\rX", "bulk without line end");
    expect_error("$3\r\nabcd\r\n", "bulk without line end");
    expect_error("$0\r\n\n\r", "bulk without line end");
}

TEST(reply_parser, refuses_bad_lengths_and_counts) {
    for (const char type : {'$', '=', '!'})
        for (const char* length : {"", "-2", "x", "01", "+1", "-0", "9223372036854775808"})
            expect_error(type + ""s + length + "\r\n", "bad bulk length");
    for (const char type : {'*', '%', '~', '>', '|'})
        for (const char* count : {"", "-2", "x", "01", "+1", "-0", "9223372036854775808"})
            expect_error(type + ""s + count + "\r\n", "bad element count");
    for (const char type : {'%', '~', '>', '|'})
        expect_error(type + "-1\r\n"s, "bad element count");
    for (const char type : {'=', '!'}) expect_error(type + "-1\r\n"s, "bad bulk length");
    for (const char* stream : {"=3\r\n", "=0\r\n", "=5\r\ntxtab\r\n"})
        expect_error(stream, "bad verbatim string");
}

TEST(reply_parser, refuses_streamed_types) {
    for (const char* stream : {"$?\r\n", "*?\r\n", "%?\r\n", "~?\r\n", ">?\r\n"})
        expect_error(stream, "streamed replies are not supported");
}

TEST(reply_parser, limits_the_elements_of_an_aggregate) {
    const reply_limits limits{.elements = 4};
    expect_wait("*4\r\n", limits);
    expect_error("*5\r\n", "too many elements", limits);
    expect_wait("%2\r\n", limits);
    expect_error("%3\r\n", "too many elements", limits);
    expect_error("|3\r\n", "too many elements", limits);
    expect_error("%4611686018427387904\r\n", "too many elements");
    expect_error("|9223372036854775807\r\n", "too many elements");
    expect_wait("%9223372036854775807\r\n", {.elements = UINT64_MAX});
}

TEST(reply_parser, limits_a_bulk_and_a_line_of_text) {
    const reply_limits limits{.bulk_bytes = 4};
    expect_reply("$4\r\nabcd\r\n", reply_kind::bulk, limits);
    expect_error("$5\r\n", "bulk too long", limits);
    expect_error("$536870913\r\n", "bulk too long");
    expect_error("$9223372036854775807\r\n", "bulk too long");
    expect_wait("$9223372036854775807\r\n", {.bulk_bytes = SIZE_MAX});
    for (const std::string type : {"+", "-"}) {
        expect_reply(type + "abcd\r\n", type == "+" ? reply_kind::simple : reply_kind::error,
                     limits);
        expect_wait(type + "abcd", limits);
        expect_error(type + "abcde", "line too long", limits);
        expect_error(type + "abcde\r\n", "line too long", limits);
    }
    expect_reply("+abcd\r\n", reply_kind::simple, {.bulk_bytes = SIZE_MAX});
}

TEST(reply_parser, limits_a_length_line) {
    const std::size_t most = limits::length_line_bytes - 3;
    for (const std::string type : {":", "$", "*", "_", "#", "=", "!", "%", "~", ">", "|"}) {
        expect_wait(type + std::string(most, '1'));
        expect_error(type + std::string(most + 1, '1'), "line too long");
        EXPECT_NE(feed_every_way(type + std::string(most, '1') + "\r\n")[0].error, "line too long");
    }
}

TEST(reply_parser, limits_the_nesting) {
    const auto nested = [](std::size_t depth) { return repeat(depth, "*1\r\n") + ":1\r\n"; };
    expect_reply(nested(limits::reply_nesting), reply_kind::array);
    expect_error(nested(limits::reply_nesting + 1), "nested too deeply");
    const reply_limits limits{.nesting = 2};
    expect_reply("*1\r\n*0\r\n", reply_kind::array, limits);
    expect_error("*1\r\n*1\r\n*0\r\n", "nested too deeply", limits);
    expect_error("*1\r\n%1\r\n|1\r\n", "nested too deeply", limits);
    expect_error("*1\r\n", "nested too deeply", {.nesting = 0});
}

TEST(reply_parser, counts_siblings_and_attributes_in_a_row_as_one_level) {
    expect_reply("*3\r\n*1\r\n:1\r\n*1\r\n:1\r\n*1\r\n:1\r\n", reply_kind::array, {.nesting = 2});
    expect_reply(repeat(100, "|1\r\n+a\r\n+b\r\n") + ":1\r\n", reply_kind::integer, {.nesting = 1});
}

TEST(reply_parser, ends_without_recursion_what_is_nested_a_million_deep) {
    reply_parser parser{{.nesting = 2'000'000}};
    const std::string stream = repeat(1'000'000, "*1\r\n") + ":1\r\n";
    EXPECT_EQ(parser.parse(stream), parse_status::complete);
    EXPECT_EQ(parser.consumed(), stream.size());
}

TEST(reply_parser, wants_never_more_than_the_reply_still_needs) {
    for (const std::string& reply :
         {"*2\r\n$3\r\nabc\r\n_\r\n"s, "$12\r\nhello world!\r\n"s, "|1\r\n+a\r\n+b\r\n#t\r\n"s}) {
        reply_parser parser;
        for (std::size_t size = 0; size < reply.size(); ++size) {
            ASSERT_EQ(parser.parse(std::string_view{reply}.substr(0, size)),
                      parse_status::need_more);
            EXPECT_GE(parser.wanted(), 1U);
            EXPECT_LE(parser.wanted(), reply.size() - size) << reply << " after " << size;
        }
    }
}

TEST(reply_parser, says_the_same_error_again) {
    reply_parser parser;
    EXPECT_EQ(parser.parse(":x\r\n"), parse_status::error);
    EXPECT_EQ(parser.parse(":1\r\n"), parse_status::error);
    EXPECT_EQ(parser.error(), "bad integer");
    EXPECT_FALSE(parser.in_reply());
}

}  // namespace
}  // namespace herdgate::resp
