// SPDX-License-Identifier: Apache-2.0
//
// From the wish to connect until the link is up, and everything that keeps it from that.
#include "link_fixture.hpp"

namespace herdgate {
namespace {

using test::wire;

class link_greeting : public test::link_fixture {
  protected:
    /// The greeting as "command > command", answered well.
    std::string dialogue(link_settings settings) {
        link& l = make(std::move(settings));
        l.on_connected(now_);
        std::string said;
        for (int i = 0; i < 9 && !l.up(); ++i) {
            said += (said.empty() ? "" : " > ") + l.take_output();
            l.on_bytes("+OK\r\n", now_);
        }
        EXPECT_EQ(heard(), words{"up"});
        EXPECT_EQ(l.take_output(), "");
        return said;
    }

    /// What the user hears when `reply` answers the first command.
    words refused(link_settings settings, std::string_view reply) {
        link& l = make(std::move(settings));
        l.wants();
        l.on_connected(now_);
        l.take_output();
        l.on_bytes(reply, now_);
        EXPECT_FALSE(l.up());
        EXPECT_EQ(l.wants(), want::close);
        EXPECT_EQ(l.take_output(), "");
        return heard();
    }
};

link_settings with_password() {
    link_settings s;
    s.password = "hunter2";
    return s;
}

TEST_F(link_greeting, pings_when_nothing_else_is_to_be_said) {
    EXPECT_EQ(dialogue({}), wire({"PING"}));
}

TEST_F(link_greeting, says_one_thing_after_the_other) {
    link_settings s = with_password();
    s.username = "app";
    s.database = 3;
    s.client_name = "herdgate";
    EXPECT_EQ(dialogue(s), wire({"AUTH", "app", "hunter2"}) + " > " + wire({"PING"}) + " > " +
                               wire({"SELECT", "3"}) + " > " +
                               wire({"CLIENT", "SETNAME", "herdgate"}));
    EXPECT_EQ(dialogue(with_password()), wire({"AUTH", "hunter2"}) + " > " + wire({"PING"}));
}

TEST_F(link_greeting, is_not_up_before_redis_has_answered) {
    link& l = make();
    EXPECT_EQ(l.wants(), want::connect);
    EXPECT_EQ(l.wants(), want::nothing) << "a wish is told once";
    EXPECT_EQ(l.take_output(), "") << "nothing is written before there is a connection";
    l.on_connected(now_);
    EXPECT_FALSE(l.up());
    EXPECT_EQ(heard(), words{});
}

TEST_F(link_greeting, takes_answers_split_anywhere) {
    link& l = make(with_password());
    l.wants();
    l.on_connected(now_);
    for (const char c : std::string{"+OK\r\n+PONG\r\n"}) {
        EXPECT_FALSE(l.up());
        l.on_bytes({&c, 1}, now_);
    }
    EXPECT_TRUE(l.up());
}

TEST_F(link_greeting, fails_with_the_words_of_redis) {
    for (const std::string text :
         {"LOADING Redis is loading the dataset in memory", "NOAUTH Authentication required.",
          "DENIED Redis is running in protected mode", "ERR max number of clients reached"})
        EXPECT_EQ(refused({}, "-" + text + "\r\n"), words{"down: " + text});
    EXPECT_EQ(refused(with_password(), "-WRONGPASS invalid username-password pair\r\n"),
              words{"down: WRONGPASS invalid username-password pair"});
    EXPECT_EQ(refused({}, ":1\r\n"), words{"down: not the answer of a Redis"});
    EXPECT_EQ(refused({}, "HTTP/1.1 400 Bad Request\r\n"),
              words{"down: protocol error: unknown reply type"});
}

TEST_F(link_greeting, fails_when_the_database_is_out_of_range) {
    link_settings s;
    s.database = 99;
    link& l = make(s);
    l.on_connected(now_);
    l.on_bytes("+PONG\r\n", now_);
    l.on_bytes("-ERR DB index is out of range\r\n", now_);
    EXPECT_EQ(heard(), words{"down: ERR DB index is out of range"});
}

TEST_F(link_greeting, tolerates_what_a_link_can_do_without) {
    link_settings s;
    s.client_name = "herdgate";
    link& l = make(s);
    l.on_connected(now_);
    l.on_bytes("-NOPERM this user has no permissions to run the 'ping' command\r\n", now_);
    l.on_bytes("-ERR unknown subcommand\r\n", now_);
    EXPECT_TRUE(l.up());
}

TEST_F(link_greeting, never_shows_the_password) {
    const auto shown = refused(with_password(),
                               "-ERR unknown command 'AUTH', with args beginning with: 'hunte\r\n");
    EXPECT_EQ(shown, words{"down: ERR unknown command 'AUTH'"});
    EXPECT_EQ(refused(with_password(), "-ERR hunter2 and hunter2\r\n"),
              words{"down: ERR *** and ***"});
}

TEST_F(link_greeting, gives_reasons_that_can_be_logged) {
    const auto shown = refused({}, "-ERR \x1b[31m" + std::string(1000, 'x') + "\r\n");
    EXPECT_EQ(shown, words{"down: ERR ?[31m" + std::string(191, 'x')});
}

TEST_F(link_greeting, ends_with_the_connect_timeout) {
    link_settings s;
    s.connect_timeout = milliseconds{300};
    link& l = make(s);
    l.wants();
    EXPECT_EQ(pass_to_deadline(), milliseconds{300});
    EXPECT_EQ(l.wants(), want::close);
    EXPECT_EQ(heard(), words{"down: connecting took too long"});

    pass_to_deadline();
    EXPECT_EQ(l.wants(), want::connect);
    pass(milliseconds{100});
    l.on_connected(now_);
    EXPECT_EQ(pass_to_deadline(), milliseconds{200}) << "the greeting is within the same time";
    EXPECT_EQ(l.wants(), want::close);
    EXPECT_EQ(heard(), words{"down: no answer to the greeting"});
}

TEST_F(link_greeting, is_answered_once_and_no_more) {
    link& l = make();
    l.on_connected(now_);
    l.on_bytes("+PONG\r\n+PONG\r\n", now_);
    EXPECT_EQ(heard(), (words{"up", "down: a reply that nobody asked for"}));
    EXPECT_EQ(l.wants(), want::close);
}

TEST_F(link_greeting, may_send_as_soon_as_it_is_over) {
    link& l = make();
    when_ = "up";
    then_ = [this] { send(1); };
    l.on_connected(now_);
    l.take_output();
    l.on_bytes("+PONG\r\n", now_);
    EXPECT_EQ(l.take_output(), wire({"GET", "1"}));
    l.on_bytes("$-1\r\n", now_);
    EXPECT_EQ(heard(), (words{"up", "1 $-1\r\n"}));
}

}  // namespace
}  // namespace herdgate
