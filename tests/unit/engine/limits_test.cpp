// SPDX-License-Identifier: Apache-2.0
//
// What one client can make the process hold.
#include <gtest/gtest.h>

#include "herdgate/core/base/limits.hpp"
#include "support/world.hpp"

namespace herdgate::test {
namespace {

TEST(limits, a_client_that_does_not_read_is_not_read_from) {
    world w{make_config({})};
    auto c = w.connect();
    c->send_line("SET big " + std::string(60'000, 'x'));
    c->received();
    std::string gets;
    for (int i = 0; i < 1000; ++i) gets += "GET big\r\n";
    const std::size_t done = c->core().consume(gets, w.now);
    EXPECT_LT(done, gets.size());
    EXPECT_FALSE(c->core().wants_input());
    const std::size_t held = c->core().replies().ready().size();
    EXPECT_GE(held, limits::output_watermark);
    EXPECT_LT(held, limits::output_watermark + 70'000);
    c->received();
    EXPECT_TRUE(c->core().wants_input());
}

TEST(limits, so_many_answers_may_be_pending_and_no_more) {
    world w{make_config({make_route("p")})};
    auto c = w.connect();
    std::string gets;
    for (std::size_t i = 0; i < limits::pending_replies + 5; ++i) gets += "GET p:1\r\n";
    const std::size_t done = c->core().consume(gets, w.now);
    w.settle();
    EXPECT_EQ(done, limits::pending_replies * 9);
    EXPECT_EQ(c->core().replies().waiting(), limits::pending_replies);
    EXPECT_EQ(w.loads().size(), 1U);
}

TEST(limits, a_reply_that_the_client_may_not_leave_unread_is_refused_before_it_is_built) {
    config c = make_config({make_route("p")});
    c.limits.output = 1 * mib;
    world w{c};
    auto client = w.connect();
    client->send_line("SET big " + std::string(60'000, 'x'));
    client->send_line("SET p:1 " + std::string(60'000, 'x'));
    client->received();
    const auto ask = [&](const std::string& key, int times) {
        std::string line = "MGET p:1";
        for (int i = 1; i < times; ++i) line += " " + key;
        client->send_line(line);
        return client->received();
    };
    const std::string refused = "-ERR herdgate: the reply would be larger than limits.output\r\n";
    EXPECT_EQ(ask("big", 18), refused);
    EXPECT_EQ(ask("p:1", 18), refused);
    EXPECT_TRUE(ask("big", 17).starts_with("*17\r\n"));
}

TEST(limits, late_replies_over_the_output_limit_close_the_client_and_are_not_built) {
    config c = make_config({make_route("p")});
    c.limits.output = 1 * mib;
    world w{c};
    auto client = w.connect();
    auto other = w.connect();
    std::string gets;
    for (int i = 0; i < 1000; ++i) gets += "GET p:1\r\n";
    client->core().consume(gets, w.now);
    other->send_line("GET p:1");
    w.load_value(std::string(600'000, 'x'));
    EXPECT_TRUE(client->overflowed);
    EXPECT_LT(client->core().replies().ready().size(), 3 * mib);
    EXPECT_EQ(other->received().size(), 600'000U + 11);
}

TEST(limits, before_login_arguments_and_lengths_are_small) {
    config c = make_config({});
    c.users = {{"default", "secret"}};
    world w{c};
    auto many = w.connect();
    many->send_bytes("*11\r\n");
    EXPECT_EQ(many->received(), "-ERR Protocol error: unauthenticated multibulk length\r\n");
    auto ten = w.connect();
    ten->send_bytes("*10\r\n");
    EXPECT_EQ(ten->received(), "");
    auto large = w.connect();
    large->send_bytes("*2\r\n$4\r\nAUTH\r\n$16385\r\n");
    EXPECT_EQ(large->received(), "-ERR Protocol error: unauthenticated bulk length\r\n");
}

TEST(limits, before_login_little_may_be_left_unread) {
    config c = make_config({});
    c.users = {{"default", "secret"}};
    world w{c};
    auto stranger = w.connect();
    std::string gets;
    for (std::size_t i = 0; i < limits::preauth_watermark; ++i) gets += "GET k\r\n";
    EXPECT_LT(stranger->core().consume(gets, w.now), gets.size());
    EXPECT_FALSE(stranger->core().wants_input());
    const std::size_t held = stranger->core().replies().ready().size();
    EXPECT_GE(held, limits::preauth_watermark);
    EXPECT_LT(held, limits::preauth_watermark + 200);
    stranger->received();
    EXPECT_TRUE(stranger->core().wants_input());
}

}  // namespace
}  // namespace herdgate::test
