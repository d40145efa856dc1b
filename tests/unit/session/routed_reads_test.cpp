// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/routed_reads.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace herdgate {
namespace {

read_result value(std::string_view text) {
    return {read_result::kind::value, shared_bytes{text}, {}};
}
read_result error(std::string text) {
    return {read_result::kind::error, {}, std::move(text)};
}

std::string render(std::vector<std::string_view> args, std::vector<read_result> results,
                   resp::protocol protocol = resp::protocol::resp2) {
    std::string out;
    render_reads(*find_command(args[0]), args, results, protocol, out);
    return out;
}

TEST(routed_reads, get_writes_the_value_or_nil) {
    EXPECT_EQ(render({"get", "k"}, {value("abc")}), "$3\r\nabc\r\n");
    EXPECT_EQ(render({"get", "k"}, {value("")}), "$0\r\n\r\n");
    EXPECT_EQ(render({"get", "k"}, {{}}), "$-1\r\n");
    EXPECT_EQ(render({"get", "k"}, {{}}, resp::protocol::resp3), "_\r\n");
}

TEST(routed_reads, an_error_of_one_key_is_the_whole_reply) {
    EXPECT_EQ(render({"mget", "a", "b"}, {value("1"), error("ERR x")}), "-ERR x\r\n");
    EXPECT_EQ(render({"exists", "a", "b"}, {error("ERR y"), value("1")}), "-ERR y\r\n");
}

TEST(routed_reads, mget_keeps_the_order_and_the_nils) {
    EXPECT_EQ(render({"mget", "a", "b", "c"}, {value("1"), {}, value("3")}),
              "*3\r\n$1\r\n1\r\n$-1\r\n$1\r\n3\r\n");
}

TEST(routed_reads, exists_and_strlen_count) {
    EXPECT_EQ(render({"exists", "a", "a", "b"}, {value("1"), value("1"), {}}), ":2\r\n");
    EXPECT_EQ(render({"strlen", "a"}, {value("four")}), ":4\r\n");
    EXPECT_EQ(render({"strlen", "a"}, {{}}), ":0\r\n");
}

// Expected values as redis-server 7.0.15 answers them for "hello".
TEST(routed_reads, getrange_cuts_as_redis_does) {
    const auto cut = [](std::string_view first, std::string_view last) {
        return render({"getrange", "k", first, last}, {value("hello")});
    };
    EXPECT_EQ(cut("0", "-1"), "$5\r\nhello\r\n");
    EXPECT_EQ(cut("1", "2"), "$2\r\nel\r\n");
    EXPECT_EQ(cut("-3", "-1"), "$3\r\nllo\r\n");
    EXPECT_EQ(cut("-100", "1"), "$2\r\nhe\r\n");
    EXPECT_EQ(cut("3", "100"), "$2\r\nlo\r\n");
    EXPECT_EQ(cut("4", "2"), "$0\r\n\r\n");
    EXPECT_EQ(cut("-1", "-3"), "$0\r\n\r\n");
    EXPECT_EQ(cut("9", "9"), "$0\r\n\r\n");
    EXPECT_EQ(render({"getrange", "k", "0", "-1"}, {{}}), "$0\r\n\r\n");
}

TEST(routed_reads, numbers_are_checked_before_anything_is_loaded) {
    const std::vector<std::string_view> bad{"getrange", "k", "x", "1"};
    EXPECT_EQ(bad_arguments(*find_command("getrange"), bad),
              "ERR value is not an integer or out of range");
    const std::vector<std::string_view> good{"getrange", "k", "0", "1"};
    EXPECT_EQ(bad_arguments(*find_command("getrange"), good), "");
}

}  // namespace
}  // namespace herdgate
