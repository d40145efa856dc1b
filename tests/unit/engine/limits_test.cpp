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

}  // namespace
}  // namespace herdgate::test
