// SPDX-License-Identifier: Apache-2.0
//
// A link and a redis-server that does not behave: killed, held still, not there; and links that go
// at any moment.
#include "link_io_fixture.hpp"

namespace herdgate {
namespace {

using test::redis_server;
using link_faults = test::link_io_fixture;

TEST_F(link_faults, a_killed_server_loses_what_is_pending_and_is_found_again) {
    redis_server server;
    ASSERT_TRUE(server.running());
    open(at(server));
    ASSERT_TRUE(until_up());
    server.hold();
    for (int i = 0; i < 100; ++i) send({"PING"});
    link_->flush();
    server.kill();
    ASSERT_TRUE(until_down());
    EXPECT_EQ(lost_, 100U);
    EXPECT_TRUE(replies_.empty());
    ASSERT_TRUE(until_down()) << "an attempt while it is gone";
    EXPECT_EQ(reason_, "cannot connect to 127.0.0.1:" + std::to_string(server.port()) +
                           ": Connection refused");
    server.start();
    ASSERT_TRUE(server.running());
    ASSERT_TRUE(until_up());
    EXPECT_EQ(ask({"PING"}), "+PONG\r\n");
}

TEST_F(link_faults, a_server_that_stands_still_is_given_up_at_the_deadline) {
    redis_server server;
    ASSERT_TRUE(server.running());
    upstream_config to = at(server);
    to.timeouts.connect = milliseconds{300};
    open(to);
    ASSERT_TRUE(until_up());
    server.hold();
    const auto begin = std::chrono::steady_clock::now();
    send({"PING"}, milliseconds{200});
    send({"PING"}, milliseconds{60'000});
    link_->flush();
    ASSERT_TRUE(until_down());
    EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{200});
    EXPECT_EQ(reason_, "no reply within the time limit");
    EXPECT_EQ(lost_, 2U);
    ASSERT_TRUE(until_down());
    EXPECT_EQ(reason_, "no answer to the greeting") << "its kernel accepts for it";
    server.release();
    ASSERT_TRUE(until_up());
    EXPECT_EQ(ask({"ECHO", "a"}), "$1\r\na\r\n");
}

TEST_F(link_faults, what_the_server_does_not_read_is_kept_until_the_deadline) {
    redis_server server;
    ASSERT_TRUE(server.running());
    open(at(server));
    ASSERT_TRUE(until_up());
    server.hold();
    const std::string value(std::size_t{16} << 20U, 'v');
    send({"SET", "k", value}, milliseconds{10'000});
    link_->flush();
    send({"ECHO", "after"});
    link_->flush();
    server.release();
    ASSERT_TRUE(until([&] { return replies_.size() == 2; }));
    EXPECT_EQ(replies_[1], "$5\r\nafter\r\n");

    server.hold();
    send({"SET", "k", value}, milliseconds{200});
    link_->flush();
    ASSERT_TRUE(until_down());
    EXPECT_EQ(lost_, 1U);
    server.release();
    ASSERT_TRUE(until_up());
    EXPECT_EQ(ask({"PING"}), "+PONG\r\n") << "nothing of the old command is written";
}

TEST_F(link_faults, a_client_that_redis_throws_out_comes_back) {
    redis_server server;
    ASSERT_TRUE(server.running());
    open(at(server));
    ASSERT_TRUE(until_up());
    ASSERT_TRUE(test::run_program(
        {"redis-cli", "-s", server.socket(), "CLIENT", "KILL", "TYPE", "normal"}, "/"));
    ASSERT_TRUE(until_down());
    EXPECT_EQ(reason_, "Redis closed the connection");
    ASSERT_TRUE(until_up());
}

TEST_F(link_faults, stopping_tells_the_takers_and_nobody_connects_again) {
    redis_server server;
    ASSERT_TRUE(server.running());
    open(at(server));
    ASSERT_TRUE(until_up());
    server.hold();
    send({"PING"});
    link_->flush();
    link_->stop();
    EXPECT_EQ(lost_, 1U);
    EXPECT_EQ(downs_, 0);
    io_.restart();
    io_.run_for(milliseconds{200});
    EXPECT_EQ(ups_, 1);
}

// Whatever an event loop is in the middle of, a link that goes takes nothing with it.
TEST_F(link_faults, a_link_may_go_at_any_moment) {
    redis_server server;
    ASSERT_TRUE(server.running());
    for (const char* host : {"127.0.0.1", "localhost"})
        for (int events = 0; events < 12; ++events) {
            upstream_config to = at(server);
            to.host = host;
            open(to);
            io_.restart();
            for (int i = 0; i < events; ++i) io_.run_one_for(milliseconds{20});
            if (link_->core().up()) {
                send({"PING"});
                link_->flush();
            }
            link_.reset();
            io_.run_for(milliseconds{5});
        }
}

TEST_F(link_faults, an_event_loop_may_end_with_what_a_link_left) {
    redis_server server;
    ASSERT_TRUE(server.running());
    for (int events = 0; events < 8; ++events) {
        const upstream_config to = at(server);
        boost::asio::io_context loop{1};
        link_io link{loop, to, settings_of(to), static_cast<link_user&>(*this), clock_, 1, {}};
        link.start();
        for (int i = 0; i < events; ++i) loop.run_one_for(milliseconds{20});
    }
}

}  // namespace
}  // namespace herdgate
