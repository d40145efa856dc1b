// SPDX-License-Identifier: Apache-2.0
//
// What the writer writes is one reply to reply_parser, and to hiredis where it is RESP2.
#include <gtest/gtest.h>

#include <cmath>

#include "herdgate/core/resp/writer.hpp"
#include "support/feed_replies.hpp"
#include "support/hiredis_oracle.hpp"

namespace herdgate::resp {
namespace {

using test::ask_hiredis;
using test::oracle_verdict;

std::vector<std::string> scalars(protocol p) {
    std::vector<std::string> all(14);
    write_simple(all[0], "OK");
    write_error(all[1], "ERR a\r\nb");
    write_error(all[2], std::string(10'000, 'x'));
    write_integer(all[3], INT64_MIN);
    write_integer(all[4], INT64_MAX);
    write_bulk(all[5], "");
    write_bulk(all[6], std::string{"\r\n\0$5\r\n", 8});
    write_null(all[7], p);
    write_null_array(all[8], p);
    write_boolean(all[9], true, p);
    write_double(all[10], -1.5e300, p);
    write_double(all[11], HUGE_VAL, p);
    write_double(all[12], std::nan(""), p);
    write_text(all[13], "# Server\r\n", p);
    return all;
}

std::vector<std::string> replies(protocol p) {
    std::vector<std::string> all = scalars(p);
    std::string array, map, set;
    write_array(array, all.size());
    write_map(map, all.size() / 2, p);
    write_set(set, all.size(), p);
    for (const std::string& scalar : all)
        for (std::string* aggregate : {&array, &map, &set}) *aggregate += scalar;
    std::string nested;
    for (int i = 0; i < 6; ++i) write_array(nested, 1);
    nested += array;
    std::string empty;
    write_array(empty, 0);
    for (std::string* aggregate : {&array, &map, &set, &nested, &empty}) all.push_back(*aggregate);
    return all;
}

TEST(writer, writes_what_reply_parser_reads_as_one_reply) {
    for (const protocol p : {protocol::resp2, protocol::resp3})
        for (const std::string& reply : replies(p)) {
            const auto outcomes = test::feed_replies(reply, {});
            ASSERT_EQ(outcomes.size(), 2U) << reply;
            EXPECT_EQ(outcomes[0].status, parse_status::complete) << reply;
            EXPECT_EQ(outcomes[0].consumed, reply.size()) << reply;
        }
}

TEST(writer, writes_what_hiredis_reads_as_one_reply) {
    for (const std::string& reply : replies(protocol::resp2))
        EXPECT_EQ(ask_hiredis(reply), oracle_verdict::agrees) << reply;
}

TEST(hiredis_oracle, tells_a_wrong_end_and_another_protocol) {
    EXPECT_EQ(ask_hiredis("+OK\r\n+"), oracle_verdict::disagrees);
    EXPECT_EQ(ask_hiredis("*2\r\n:1\r\n"), oracle_verdict::disagrees);
    EXPECT_EQ(ask_hiredis("*1\r\n_\r\n"), oracle_verdict::outside);
}

}  // namespace
}  // namespace herdgate::resp
