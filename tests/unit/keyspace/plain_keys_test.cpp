// SPDX-License-Identifier: Apache-2.0
//
// Plain keys: what the comparison with a real Redis (tests/integration/keyspace) cannot see: time,
// room, atomicity.
#include "store_fixture.hpp"

namespace herdgate::test {
namespace {

class plain_keys : public store_fixture {};

TEST_F(plain_keys, live_up_to_their_last_millisecond) {
    EXPECT_EQ(run({"SET", "k", "v", "PX", "100"}), "+OK\r\n");
    now_ += milliseconds{100};
    EXPECT_EQ(run({"GET", "k"}), "$1\r\nv\r\n");
    EXPECT_EQ(run({"PTTL", "k"}), ":0\r\n");
    now_ += milliseconds{1};
    EXPECT_EQ(run({"GET", "k"}), "$-1\r\n");
    EXPECT_EQ(run({"TTL", "k"}), ":-2\r\n");
}

TEST_F(plain_keys, report_times_as_redis_rounds_them) {
    run({"SET", "k", "v", "PX", "1499"});
    EXPECT_EQ(run({"TTL", "k"}), ":1\r\n");
    run({"SET", "k", "v", "PX", "1500"});
    EXPECT_EQ(run({"TTL", "k"}), ":2\r\n");
    EXPECT_EQ(run({"PEXPIRETIME", "k"}), ":1700000001500\r\n");
    EXPECT_EQ(run({"EXPIRETIME", "k"}), ":1700000002\r\n");
}

TEST_F(plain_keys, keep_their_expiry_where_redis_keeps_it) {
    run({"SET", "k", "1", "EX", "100"});
    for (const auto* command : {"INCR", "DECR"}) {
        run({command, "k"});
        EXPECT_EQ(run({"TTL", "k"}), ":100\r\n") << command;
    }
    run({"APPEND", "k", "0"});
    run({"SETRANGE", "k", "0", "2"});
    run({"INCRBYFLOAT", "k", "0.5"});
    run({"SET", "k", "5", "KEEPTTL"});
    run({"RENAME", "k", "l"});
    EXPECT_EQ(run({"TTL", "l"}), ":100\r\n");
    run({"GETSET", "l", "6"});
    EXPECT_EQ(run({"TTL", "l"}), ":-1\r\n");
}

TEST_F(plain_keys, a_value_without_room_is_refused_and_changes_nothing) {
    const std::string big(store_.largest_record(), 'x');
    const std::string oom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
    run({"SET", "k", "v"});
    EXPECT_EQ(run({"SET", "k", big}), oom);
    EXPECT_EQ(run({"APPEND", "k", big}), oom);
    EXPECT_EQ(run({"SETRANGE", "k", "300000", "x"}), oom);
    EXPECT_EQ(run({"MSET", "a", "1", "k", big}), oom);
    EXPECT_EQ(run({"MSETNX", "a", "1", "b", big}), oom);
    EXPECT_EQ(run({"SETEX", "k", "10", big}), oom);
    EXPECT_EQ(run({"GETSET", "k", big}), oom);
    EXPECT_EQ(run({"GET", "k"}), "$1\r\nv\r\n");
    EXPECT_EQ(run({"EXISTS", "a", "b"}), ":0\r\n");
}

TEST_F(plain_keys, what_is_missing_is_null_in_the_clients_protocol) {
    EXPECT_EQ(run({"GET", "k"}), "$-1\r\n");
    protocol_ = resp::protocol::resp3;
    EXPECT_EQ(run({"GET", "k"}), "_\r\n");
    EXPECT_EQ(run({"MGET", "k"}), "*1\r\n_\r\n");
    EXPECT_EQ(run({"RANDOMKEY"}), "_\r\n");
}

TEST_F(plain_keys, a_scan_in_small_steps_returns_all) {
    for (int n = 0; n < 300; ++n) run({"SET", "k" + std::to_string(n), "v"});
    std::string cursor = "0";
    std::size_t keys = 0;
    do {
        const std::string reply = run({"SCAN", cursor, "COUNT", "3", "MATCH", "k*"});
        const std::size_t at = reply.find('\n', 4) + 1;
        cursor = reply.substr(at, reply.find('\r', at) - at);
        for (std::size_t i = reply.find("\r\nk"); i != std::string::npos;
             i = reply.find("\r\nk", i + 1))
            ++keys;
    } while (cursor != "0");
    EXPECT_EQ(keys, 300U);
}

TEST_F(plain_keys, unknown_names_have_no_handler) {
    EXPECT_EQ(find_keyspace_handler("hset"), nullptr);
    EXPECT_EQ(find_keyspace_handler(""), nullptr);
    EXPECT_NE(find_keyspace_handler("append"), nullptr);
    EXPECT_NE(find_keyspace_handler("unlink"), nullptr);
}

}  // namespace
}  // namespace herdgate::test
