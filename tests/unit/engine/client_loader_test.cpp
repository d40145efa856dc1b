// SPDX-License-Identifier: Apache-2.0
//
// `load: client`: one client is told that there is no value, and the others wait for it to store
// one.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

struct cache_aside : ::testing::Test {
    cache_aside() {
        route r = make_route("p");
        r.load = client_load{seconds{10}};
        r.policy.ttl = seconds{60};
        r.policy.wait.timeout = seconds{25};
        r.policy.wait.then = route_policy::wait_end::nil;
        w = std::make_unique<world>(make_config({std::move(r)}), 2);
        for (std::uint32_t i = 0; i < 6; ++i) clients.push_back(w->connect(i % 2));
    }
    std::string get(std::size_t i) {
        clients[i]->send_line("GET p:1");
        return clients[i]->received();
    }

    std::unique_ptr<world> w;
    std::vector<std::unique_ptr<world::client>> clients;
};

const std::string nil = "$-1\r\n";
const std::string value = "$1\r\nv\r\n";

TEST_F(cache_aside, one_is_told_and_all_get_what_it_stores) {
    EXPECT_EQ(get(0), nil);
    for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(get(i), "");
    clients[0]->send_line("SET p:1 v EX 30");
    EXPECT_EQ(clients[0]->received(), "+OK\r\n");
    for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(clients[i]->received(), value);
    EXPECT_EQ(get(0), value);
    EXPECT_EQ(w->gauge_sum(&worker_metrics::flights), 0);
    EXPECT_EQ(w->gauge_sum(&worker_metrics::waiters), 0);
    EXPECT_EQ(w->count(&route_metrics::loads_started), 1U);
    clients[1]->send_line("TTL p:1");
    EXPECT_EQ(clients[1]->received(), ":30\r\n");
}

TEST_F(cache_aside, at_the_end_of_the_ttl_one_is_told_and_the_others_get_the_stale_value) {
    get(0);
    clients[0]->send_line("SET p:1 v EX 30");
    clients[0]->received();
    w->pass(seconds{31});
    EXPECT_EQ(get(1), nil);
    for (std::size_t i = 2; i < 6; ++i) EXPECT_EQ(get(i), value);
    clients[1]->send_line("SETEX p:1 30 w");
    clients[1]->received();
    EXPECT_EQ(get(2), "$1\r\nw\r\n");
}

TEST_F(cache_aside, when_it_goes_the_next_is_told) {
    get(0);
    get(1);
    get(2);
    clients[0]->disconnect();
    w->settle();
    EXPECT_EQ(clients[1]->received(), nil);
    EXPECT_EQ(clients[2]->received(), "");
    clients[1]->send_line("SET p:1 v");
    EXPECT_EQ(clients[2]->received(), value);
}

TEST_F(cache_aside, when_it_takes_too_long_the_next_is_told) {
    get(0);
    get(1);
    w->pass(seconds{9});
    EXPECT_EQ(clients[1]->received(), "");
    w->pass(seconds{1});
    EXPECT_EQ(clients[1]->received(), nil);
    clients[0]->send_line("SET p:1 late");
    clients[0]->received();
    EXPECT_EQ(get(2), "$4\r\nlate\r\n") << "a client's write is a client's write";
}

TEST_F(cache_aside, when_it_deletes_the_key_the_next_is_told) {
    get(0);
    get(1);
    clients[3]->send_line("DEL p:1");
    EXPECT_EQ(clients[3]->received(), ":0\r\n");
    EXPECT_EQ(clients[1]->received(), nil);
}

TEST_F(cache_aside, who_has_gone_before_it_was_told_is_passed_over) {
    get(0);
    get(1);
    get(2);
    clients[1]->disconnect();
    clients[0]->disconnect();
    w->settle();
    EXPECT_EQ(clients[2]->received(), nil);
}

TEST_F(cache_aside, when_all_have_gone_who_asks_next_is_told) {
    get(0);
    clients[0]->disconnect();
    w->settle();
    EXPECT_EQ(w->gauge_sum(&worker_metrics::flights), 0);
    EXPECT_EQ(get(1), nil);
}

TEST_F(cache_aside, patience_ends_with_nil) {
    get(0);
    get(1);
    get(2);
    get(3);
    w->pass(seconds{10});
    w->pass(seconds{10});
    EXPECT_EQ(clients[1]->received(), nil);
    EXPECT_EQ(clients[2]->received(), nil);
    w->pass(seconds{5});
    EXPECT_EQ(clients[3]->received(), nil) << "it has waited for 25 s";
}

TEST_F(cache_aside, several_keys_in_one_command_may_be_ones_own_to_load) {
    clients[0]->send_line("MGET p:1 p:2");
    EXPECT_EQ(clients[0]->received(), "*2\r\n$-1\r\n$-1\r\n");
    clients[1]->send_line("MGET p:1 p:2");
    EXPECT_EQ(clients[1]->received(), "");
    clients[0]->send_line("MSET p:1 a p:2 b");
    EXPECT_EQ(clients[1]->received(), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
}

TEST_F(cache_aside, a_reader_that_comes_between_a_write_and_its_message_gets_the_value) {
    get(0);
    clients[0]->send_bytes("SET p:1 v\r\n");  // the owner has not heard of it yet
    clients[1]->send_bytes("GET p:1\r\n");
    w->settle();
    EXPECT_EQ(clients[1]->received(), value);
    EXPECT_EQ(w->gauge_sum(&worker_metrics::flights), 0);
}

}  // namespace
}  // namespace herdgate::test
