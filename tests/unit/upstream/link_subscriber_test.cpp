// SPDX-License-Identifier: Apache-2.0
//
// A link in subscribe mode: everything is a push, and silence is looked into.
#include "link_fixture.hpp"

namespace herdgate {
namespace {

using test::wire;

class link_subscriber : public test::link_fixture {
  protected:
    link& subscribe() {
        link_settings s;
        s.subscriber = true;
        link& l = make_up(s);
        l.send_unanswered(wire({"SUBSCRIBE", "c"}));
        EXPECT_EQ(l.take_output(), wire({"SUBSCRIBE", "c"}));
        return l;
    }
};

TEST_F(link_subscriber, passes_every_frame_to_its_user) {
    link& l = subscribe();
    const std::string done = "*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
    const std::string message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n";
    l.on_bytes(done + message.substr(0, 9), now_);
    l.on_bytes(message.substr(9) + "-NOPERM no\r\n", now_);
    EXPECT_EQ(heard(), (words{"push " + done, "push " + message, "push -NOPERM no\r\n"}));
    EXPECT_TRUE(l.up());
}

TEST_F(link_subscriber, pings_after_five_quiet_seconds) {
    link& l = subscribe();
    EXPECT_EQ(pass_to_deadline(), seconds{5});
    EXPECT_EQ(l.take_output(), wire({"PING"}));
    l.on_bytes("*2\r\n$4\r\npong\r\n$0\r\n\r\n", now_);
    EXPECT_EQ(heard(), words{}) << "the answer is the link's own";
    EXPECT_EQ(pass_to_deadline(), seconds{5});
    EXPECT_EQ(l.take_output(), wire({"PING"}));
    l.on_bytes("+PONG\r\n", now_);
    EXPECT_EQ(heard(), words{});
    EXPECT_TRUE(l.up());
}

TEST_F(link_subscriber, does_not_ping_while_something_arrives) {
    link& l = subscribe();
    for (int i = 0; i < 20; ++i) {
        pass(seconds{4});
        l.on_deadline(now_);
        l.on_bytes("*1\r\n+x\r\n", now_);
    }
    EXPECT_EQ(l.take_output(), "");
    EXPECT_EQ(pass_to_deadline(), seconds{5});
}

TEST_F(link_subscriber, is_lost_after_five_more_seconds) {
    link& l = subscribe();
    pass_to_deadline();
    l.take_output();
    EXPECT_EQ(pass_to_deadline(), seconds{5});
    EXPECT_EQ(heard(), words{"down: no answer to PING"});
    EXPECT_EQ(l.wants(), want::close);
    pass_to_deadline();
    connect();
    EXPECT_EQ(heard(), words{"up"});
    EXPECT_EQ(pass_to_deadline(), seconds{5}) << "a new link starts quiet time anew";
    EXPECT_EQ(l.take_output(), wire({"PING"}));
}

TEST_F(link_subscriber, may_be_stopped_by_what_it_hears) {
    link& l = subscribe();
    when_ = "push";
    then_ = [&] { l.stop(now_); };
    l.on_bytes("*1\r\n+a\r\n*1\r\n+b\r\n", now_);
    EXPECT_EQ(heard(), words{"push *1\r\n+a\r\n"});
    EXPECT_EQ(l.wants(), want::close);
}

}  // namespace
}  // namespace herdgate
