// SPDX-License-Identifier: Apache-2.0
//
// One load per key, whoever asks, from whichever worker; and what becomes of those who wait.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

TEST(flights, a_thousand_readers_of_one_cold_key_cause_one_load) {
    world w{make_config({make_route("p")}), 3};
    std::vector<std::unique_ptr<world::client>> clients;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        clients.push_back(w.connect(i % 3));
        clients.back()->send_line("GET p:1");
    }
    EXPECT_EQ(w.loads().size(), 1U);
    w.load_value("hello");
    for (auto& c : clients) EXPECT_EQ(c->received(), "$5\r\nhello\r\n");
    EXPECT_EQ(w.count(&route_metrics::lookups), 1000U);
    EXPECT_EQ(w.count(&route_metrics::misses), 1U);
    EXPECT_EQ(w.count(&route_metrics::coalesced), 999U);
    EXPECT_EQ(w.gauge_sum(&worker_metrics::waiters), 0);
    EXPECT_EQ(w.gauge_sum(&worker_metrics::flights), 0);
}

TEST(flights, different_keys_and_databases_load_apart) {
    world w{make_config({make_route("p")})};
    auto c = w.connect();
    c->send_line("GET p:1");
    c->send_line("GET p:2");
    c->send_line("SELECT 3");
    c->send_line("GET p:1");
    EXPECT_EQ(w.loads().size(), 3U);
    for (const char* v : {"a", "b", "c"}) w.load_value(v);
    EXPECT_EQ(c->received(), "$1\r\na\r\n$1\r\nb\r\n+OK\r\n$1\r\nc\r\n");
}

TEST(flights, replies_keep_the_order_of_the_pipeline) {
    world w{make_config({make_route("p")})};
    auto c = w.connect();
    c->send_bytes("PING\r\nGET p:1\r\nSET plain x\r\nGET plain\r\nGET p:2\r\nPING last\r\n");
    w.settle();
    EXPECT_EQ(c->received(), "+PONG\r\n");
    ASSERT_EQ(w.loads().size(), 2U);
    w.load_value("one");
    w.load_value("two");
    EXPECT_EQ(c->received(), "$3\r\none\r\n+OK\r\n$1\r\nx\r\n$3\r\ntwo\r\n$4\r\nlast\r\n");
}

TEST(flights, mget_mixes_routed_and_other_keys) {
    world w{make_config({make_route("p")}), 3};
    auto c = w.connect(1);
    c->send_line("SET plain here");
    c->send_line("MGET p:1 plain p:2 nothing p:1");
    EXPECT_EQ(w.loads().size(), 2U);
    w.load_value("A");
    w.load_value("A");
    EXPECT_EQ(c->received(), "+OK\r\n*5\r\n$1\r\nA\r\n$4\r\nhere\r\n$1\r\nA\r\n$-1\r\n$1\r\nA\r\n");
}

TEST(flights, a_disconnected_reader_does_not_end_the_load) {
    world w{make_config({make_route("p")})};
    auto gone = w.connect();
    gone->send_line("GET p:1");
    gone->disconnect();
    auto stays = w.connect(1);
    stays->send_line("GET p:1");
    EXPECT_EQ(w.loads().size(), 1U);
    w.load_value("v");
    EXPECT_EQ(stays->received(), "$1\r\nv\r\n");
}

TEST(flights, a_load_that_nobody_waits_for_any_more_still_fills) {
    world w{make_config({make_route("p")})};
    auto gone = w.connect();
    gone->send_line("GET p:1");
    gone->disconnect();
    w.load_value("v");
    auto later = w.connect(1);
    later->send_line("GET p:1");
    EXPECT_EQ(later->received(), "$1\r\nv\r\n");
    EXPECT_TRUE(w.loads().empty());
}

TEST(flights, a_failure_is_told_to_all_and_nobody_loads_again_within_the_back_off) {
    world w{make_config({make_route("p")}), 3};
    std::vector<std::unique_ptr<world::client>> clients;
    for (std::uint32_t i = 0; i < 30; ++i) {
        clients.push_back(w.connect(i % 3));
        clients.back()->send_line("GET p:1");
    }
    w.load_error("HTTP 500");
    for (auto& c : clients)
        EXPECT_EQ(c->received(), "-ERR herdgate: route 'p': load failed: HTTP 500\r\n");
    clients[0]->send_line("GET p:1");
    EXPECT_TRUE(clients[0]->received().starts_with(
        "-ERR herdgate: route 'p': load failed: HTTP 500; next attempt in "));
    EXPECT_TRUE(w.loads().empty());
    w.pass(seconds{1});
    clients[0]->send_line("GET p:1");
    EXPECT_EQ(w.loads().size(), 1U);
    w.load_error("HTTP 500");
    clients[0]->received();
    w.pass(milliseconds{1500});  // the second failure backs off for longer
    clients[0]->send_line("GET p:1");
    EXPECT_TRUE(w.loads().empty());
    clients[0]->received();
    w.pass(milliseconds{500});
    clients[0]->send_line("GET p:1");
    EXPECT_EQ(w.loads().size(), 1U);
    w.load_value("v");
    EXPECT_EQ(clients[0]->received(), "$1\r\nv\r\n");
}

TEST(flights, a_write_during_the_load_detaches_it) {
    for (const std::string write :
         {"DEL p:1", "UNLINK p:1", "SET p:1 mine", "EXPIRE p:1 -1", "GETDEL p:1", "FLUSHALL",
          "FLUSHDB", "GETSET p:1 mine", "MSET a b p:1 mine", "SETEX p:1 10 mine"}) {
        world w{make_config({make_route("p")}), 3};
        auto early = w.connect(0);
        auto writer = w.connect(1);
        auto late = w.connect(2);
        early->send_line("GET p:1");
        writer->send_line(write);
        writer->received();
        late->send_line("GET p:1");
        const bool stored = write.find("mine") != std::string::npos;
        ASSERT_EQ(w.loads().size(), stored ? 1U : 2U) << write;
        w.load_value("old");
        EXPECT_EQ(early->received(), "$3\r\nold\r\n") << write;
        EXPECT_EQ(late->received(), stored ? "$4\r\nmine\r\n" : "") << write;
        EXPECT_EQ(w.count(&route_metrics::fills_refused), 1U) << write;
        if (!stored) {
            w.load_value("new");
            EXPECT_EQ(late->received(), "$3\r\nnew\r\n") << write;
        }
        late->send_line("GET p:1");
        EXPECT_EQ(late->received(), stored ? "$4\r\nmine\r\n" : "$3\r\nnew\r\n") << write;
        EXPECT_EQ(w.gauge_sum(&worker_metrics::flights), 0) << write;
    }
}

TEST(flights, a_reader_waits_no_longer_than_its_route_lets_it) {
    route_policy policy;
    policy.wait.timeout = milliseconds{300};
    world w{make_config({make_route("p", policy)})};
    auto c = w.connect();
    c->send_line("GET p:1");
    w.pass(milliseconds{299});
    EXPECT_EQ(c->received(), "");
    w.pass(milliseconds{1});
    EXPECT_EQ(c->received(), "-ERR herdgate: route 'p': no value after 300 ms\r\n");
    w.load_value("late");
    c->send_line("GET p:1");
    EXPECT_EQ(c->received(), "$4\r\nlate\r\n");
}

TEST(flights, the_end_of_a_wait_may_be_nil) {
    route_policy policy;
    policy.wait.then = route_policy::wait_end::nil;
    world w{make_config({make_route("p", policy)})};
    auto c = w.connect();
    c->send_line("GET p:1");
    w.pass(policy.wait.timeout);
    EXPECT_EQ(c->received(), "$-1\r\n");
}

TEST(flights, waiters_are_bounded) {
    route_policy policy;
    policy.wait.waiters = 2;
    world w{make_config({make_route("p", policy)})};
    auto a = w.connect();
    auto b = w.connect(1);
    auto c = w.connect();
    for (auto* client : {a.get(), b.get(), c.get()}) client->send_line("GET p:1");
    EXPECT_EQ(c->received(), "-ERR herdgate: route 'p': too many clients wait for this key\r\n");
    w.load_value("v");
    EXPECT_EQ(a->received(), "$1\r\nv\r\n");
    EXPECT_EQ(b->received(), "$1\r\nv\r\n");
}

TEST(flights, loads_are_bounded_and_the_queue_is_served_in_order) {
    route_policy policy;
    policy.limit.concurrency = 2;
    policy.limit.queue = 2;
    world w{make_config({make_route("p", policy)}), 3};
    std::vector<std::unique_ptr<world::client>> clients;
    for (std::uint32_t i = 0; i < 5; ++i) {
        clients.push_back(w.connect(i % 3));
        clients.back()->send_line("GET p:" + std::to_string(i));
    }
    EXPECT_EQ(w.loads().size(), 2U);
    EXPECT_EQ(
        clients[4]->received(),
        "-ERR herdgate: route 'p': load failed: too many loads are waiting for their turn\r\n");
    for (int i = 0; i < 4; ++i) {
        EXPECT_LE(w.loads().size(), 2U);
        w.load_value("v" + std::to_string(i));
    }
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_EQ(clients[i]->received(), "$2\r\nv" + std::to_string(i) + "\r\n");
    EXPECT_EQ(w.process().limiters[0]->running(), 0U);
}

TEST(flights, a_load_that_waits_too_long_for_its_turn_is_given_up) {
    route_policy policy;
    policy.limit.concurrency = 1;
    policy.limit.queue_timeout = milliseconds{100};
    world w{make_config({make_route("p", policy)})};
    auto a = w.connect();
    auto b = w.connect();
    a->send_line("GET p:1");
    b->send_line("GET p:2");
    w.pass(milliseconds{100});
    EXPECT_EQ(b->received(),
              "-ERR herdgate: route 'p': load failed: waited too long for its turn to load\r\n");
    w.load_value("v");
    EXPECT_EQ(a->received(), "$1\r\nv\r\n");
    EXPECT_EQ(w.process().limiters[0]->running(), 0U);
    EXPECT_EQ(w.count(&route_metrics::loads_started), 2U);
}

TEST(flights, a_key_that_does_not_fit_its_route_is_refused_without_a_load) {
    world w{make_config({make_route("p")})};
    auto c = w.connect();
    const std::string key = "p:" + std::string(2000, 'x');
    c->send_line("GET " + key);
    EXPECT_TRUE(c->received().starts_with("-ERR herdgate: route 'p': key refused: "));
    EXPECT_TRUE(w.loads().empty());
    EXPECT_EQ(w.count(&route_metrics::refused), 1U);
}

TEST(flights, commands_that_cannot_work_on_a_routed_key_say_so) {
    world w{make_config({make_route("p")})};
    auto c = w.connect();
    c->send_line("INCR p:1");
    EXPECT_EQ(c->received(), "-ERR herdgate: 'INCR' cannot be used on key of route 'p'\r\n");
}

}  // namespace
}  // namespace herdgate::test
