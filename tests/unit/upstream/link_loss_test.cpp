// SPDX-License-Identifier: Apache-2.0
//
// Losing a link: deadlines, closed connections, what follows and when it tries again.
#include "link_fixture.hpp"

namespace herdgate {
namespace {

using link_loss = test::link_fixture;

TEST_F(link_loss, tells_the_user_and_then_the_takers_in_order) {
    link& l = make_up();
    for (std::uint64_t id = 1; id <= 3; ++id) send(id);
    l.on_closed("end of file", now_);
    EXPECT_EQ(heard(), (words{"down: end of file", "1 lost", "2 lost", "3 lost"}));
    EXPECT_FALSE(l.up());
    EXPECT_EQ(l.pending(), 0U);
    EXPECT_EQ(l.wants(), want::nothing) << "it is closed already";
    EXPECT_EQ(l.take_output(), "") << "what was not written is not written to the next connection";
}

TEST_F(link_loss, comes_with_the_first_deadline_for_all) {
    link& l = make_up();
    send(1, milliseconds{5000});
    send(2, milliseconds{700});
    send(3, milliseconds{900});
    pass(milliseconds{699});
    l.on_deadline(now_);
    EXPECT_TRUE(l.up());
    EXPECT_EQ(pass_to_deadline(), milliseconds{1});
    EXPECT_EQ(heard(),
              (words{"down: no reply within the time limit", "1 lost", "2 lost", "3 lost"}));
    EXPECT_EQ(l.wants(), want::close);
}

TEST_F(link_loss, lets_no_late_reply_reach_a_later_command) {
    link& l = make_up();
    send(1);
    pass_to_deadline();
    l.on_bytes("+late\r\n", now_);
    pass_to_deadline();
    l.on_bytes("+late\r\n", now_);
    connect();
    send(2);
    l.on_bytes("+2\r\n", now_);
    EXPECT_EQ(heard(), (words{"down: no reply within the time limit", "1 lost", "up", "2 +2\r\n"}));
}

TEST_F(link_loss, forgets_the_part_of_a_reply_that_came) {
    link& l = make_up();
    send(1);
    l.on_bytes("$5\r\nab", now_);
    l.on_closed("gone", now_);
    pass_to_deadline();
    connect();
    send(2);
    l.on_bytes("+2\r\n", now_);
    EXPECT_EQ(heard().back(), "2 +2\r\n");
}

TEST_F(link_loss, does_not_come_while_replies_are_in_time) {
    link& l = make_up();
    for (std::uint64_t id = 0; id < 100; ++id) {
        send(id);
        pass(milliseconds{900});
        l.on_deadline(now_);
        l.on_bytes("+OK\r\n", now_);
    }
    EXPECT_TRUE(l.up());
    EXPECT_EQ(l.next_deadline(), std::nullopt) << "nothing is due while nothing is pending";
}

TEST_F(link_loss, is_followed_by_attempts_for_ever_with_back_off_and_jitter) {
    link_settings s;
    s.first_retry = milliseconds{100};
    s.max_retry = milliseconds{800};
    std::vector<std::vector<milliseconds>> all;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        link& l = make(s, seed);
        std::vector<milliseconds> waits;
        milliseconds whole = s.first_retry;
        for (int i = 0; i < 50; ++i) {
            ASSERT_EQ(l.wants(), want::connect);
            l.on_closed("connection refused", now_);
            ASSERT_EQ(heard(), words{"down: connection refused"});
            waits.push_back(pass_to_deadline());
            EXPECT_GE(waits.back(), whole / 2);
            EXPECT_LE(waits.back(), whole);
            whole = std::min(whole * 2, s.max_retry);
        }
        all.push_back(waits);
    }
    EXPECT_NE(all[0], all[1]) << "two links do not knock at the same times";
}

TEST_F(link_loss, resets_the_back_off_only_after_a_while_of_being_up) {
    link_settings s;
    s.first_retry = milliseconds{100};
    s.max_retry = milliseconds{10'000};
    link& l = make(s);
    for (int i = 0; i < 6; ++i) {
        connect();
        pass(milliseconds{999});
        l.on_closed("gone", now_);
        const milliseconds waited = pass_to_deadline();
        EXPECT_GE(waited, milliseconds{50 << i});
        EXPECT_LE(waited, milliseconds{100 << i});
    }
    connect();
    pass(milliseconds{1000});
    l.on_closed("gone", now_);
    EXPECT_LE(pass_to_deadline(), milliseconds{100});
}

TEST_F(link_loss, by_stop_is_for_good_and_told_to_takers_only) {
    link& l = make_up();
    send(1);
    send(2);
    l.stop(now_);
    EXPECT_EQ(heard(), (words{"1 lost", "2 lost"}));
    EXPECT_EQ(l.wants(), want::close);
    EXPECT_EQ(l.next_deadline(), std::nullopt);
    l.on_closed("closed", now_);
    l.on_connected(now_);
    l.on_bytes("+OK\r\n", now_);
    l.stop(now_);
    EXPECT_EQ(heard(), words{});
    EXPECT_EQ(l.wants(), want::nothing);
}

TEST_F(link_loss, can_be_stopped_in_every_state) {
    link& connecting = make();
    connecting.stop(now_);
    EXPECT_EQ(connecting.wants(), want::close);

    link& greeting = make();
    greeting.wants();
    greeting.on_connected(now_);
    greeting.stop(now_);
    EXPECT_EQ(greeting.wants(), want::close);
    EXPECT_EQ(greeting.take_output(), "");

    link& resting = make();
    resting.wants();
    resting.on_closed("refused", now_);
    resting.stop(now_);
    EXPECT_EQ(resting.wants(), want::nothing);
    EXPECT_EQ(resting.next_deadline(), std::nullopt);
}

TEST_F(link_loss, may_be_answered_with_stop) {
    link& l = make_up();
    send(1);
    when_ = "down";
    then_ = [&] { l.stop(now_); };
    l.on_closed("gone", now_);
    EXPECT_EQ(heard(), (words{"down: gone", "1 lost"}));
    EXPECT_EQ(l.next_deadline(), std::nullopt);

    link& again = make_up();
    send(1);
    send(2);
    when_ = "lost";
    then_ = [&] { again.stop(now_); };
    pass_to_deadline();
    EXPECT_EQ(heard(), (words{"down: no reply within the time limit", "1 lost", "2 lost"}));
    EXPECT_EQ(again.wants(), want::close);
    EXPECT_EQ(again.next_deadline(), std::nullopt);
}

TEST_F(link_loss, is_not_told_twice) {
    link& l = make_up();
    l.on_closed("gone", now_);
    l.on_closed("gone", now_);
    l.on_connected(now_);
    l.on_bytes("+OK\r\n", now_);
    EXPECT_EQ(heard(), words{"down: gone"});
}

TEST_F(link_loss, does_not_happen_before_the_time_has_come) {
    link& l = make_up();
    l.on_closed("gone", now_);
    l.on_deadline(now_);
    EXPECT_EQ(l.wants(), want::nothing);
    pass_to_deadline();
    EXPECT_EQ(l.wants(), want::connect);
}

}  // namespace
}  // namespace herdgate
