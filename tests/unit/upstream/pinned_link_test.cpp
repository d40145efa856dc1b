// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/pinned_link.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "link_fixture.hpp"

namespace herdgate::test {
namespace {

using shape = reply_shape;
using lines = std::vector<std::string>;

/// A client and a lender of one link; what they hear is written down.
class pinned_dialogue : public testing::Test, private pinned_link_user, private link_lender {
  protected:
    pinned_dialogue() {
        link_settings settings;
        settings.lent = true;
        settings.ping = false;
        link_.emplace(settings, nobody_, 1);
        pinned_.emplace(static_cast<link_lender&>(*this), login::configured, link_traits{},
                        static_cast<pinned_link_user&>(*this));
        link_->start(now_);
        link_->wants();
    }

    void come_up() { link_->on_connected(now_); }
    std::string written() { return link_->take_output(); }
    void arrives(std::string_view bytes) {
        for (const char c : bytes) link_->on_bytes({&c, 1}, now_);
    }
    void multi() {
        pinned_->send("MULTI");
        arrives("+OK\r\n");
        pinned_->set_in_transaction();
    }
    lines heard() { return std::exchange(heard_, {}); }

    struct nobody final : link_user {
        void on_link_up(const instant&) override {}
        void on_link_down(std::string_view, const instant&) override {}
        void on_push(std::string_view, const instant&) override {}
    };

    instant now_{steady_time{seconds{1000}}, redis_time{seconds{5000}}};
    nobody nobody_;
    std::optional<link> link_;
    std::optional<pinned_link> pinned_;
    std::optional<bool> back_clean_;

  private:
    void on_answer(std::string_view frames, const instant&) override {
        heard_.push_back("answer " + std::string{frames});
    }
    void on_unasked(std::string_view bytes, const instant&) override {
        heard_.push_back("unasked " + std::string{bytes});
    }
    void on_link_lost(bool was_up, const instant&) override {
        heard_.push_back(was_up ? "lost" : "never up");
    }
    void on_sending() override {}

    loan lend(link_user& user, login, const link_traits&) override {
        link_->set_user(user);
        return {&*link_, {}};
    }
    void give_back(link& lent, const link_traits&, bool clean) override {
        lent.set_user(nobody_);
        back_clean_ = clean;
    }
    void queued(link&) override {}
    void pause(link&, bool) override {}

    lines heard_;
};

std::string confirmation(char type, const std::string& word, const std::string& name, int total) {
    return std::string{type} + "3\r\n$" + std::to_string(word.size()) + "\r\n" + word + "\r\n$" +
           std::to_string(name.size()) + "\r\n" + name + "\r\n:" + std::to_string(total) + "\r\n";
}
const std::string message = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n";

TEST_F(pinned_dialogue, is_greeted_with_nothing_and_sends_what_was_waiting) {
    pinned_->send("one");
    EXPECT_EQ(written(), "");
    come_up();
    EXPECT_EQ(written(), "one");
    arrives("+1\r\n");
    EXPECT_EQ(heard(), lines{"answer +1\r\n"});
}

TEST_F(pinned_dialogue, a_subscription_is_answered_by_a_frame_for_each_name) {
    come_up();
    pinned_->send("SUBSCRIBE a b", shape::channel, 2);
    pinned_->send("PING");
    const std::string both =
        confirmation('*', "subscribe", "a", 1) + confirmation('*', "subscribe", "b", 2);
    arrives(both + "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    EXPECT_EQ(heard(), (lines{"answer " + both, "answer *2\r\n$4\r\npong\r\n$0\r\n\r\n"}));
    EXPECT_TRUE(pinned_->subscribed());
}

TEST_F(pinned_dialogue, messages_come_between_while_something_is_subscribed) {
    come_up();
    pinned_->send("SUBSCRIBE a", shape::channel, 1);
    arrives(confirmation('*', "subscribe", "a", 1));
    heard();
    pinned_->send("PING");
    arrives(message + "+PONG\r\n");
    EXPECT_EQ(heard(), (lines{"unasked " + message, "answer +PONG\r\n"}));
}

TEST_F(pinned_dialogue, what_looks_like_a_message_is_an_answer_where_nothing_is_subscribed) {
    come_up();
    pinned_->send("LRANGE l 0 -1");
    arrives(message);
    EXPECT_EQ(heard(), lines{"answer " + message});
}

TEST_F(pinned_dialogue, unsubscribing_from_all_is_answered_once_for_each_that_there_is) {
    come_up();
    pinned_->send("SUBSCRIBE a b", shape::channel, 2);
    pinned_->send("PSUBSCRIBE p*", shape::pattern, 1);
    pinned_->send("UNSUBSCRIBE", shape::channel, 0);
    pinned_->send("PUNSUBSCRIBE", shape::pattern, 0);
    pinned_->send("PUNSUBSCRIBE", shape::pattern, 0);
    pinned_->send("GET k");
    arrives(confirmation('*', "subscribe", "a", 1) + confirmation('*', "subscribe", "b", 2) +
            confirmation('*', "psubscribe", "p*", 3));
    heard();
    const std::string gone =
        confirmation('*', "unsubscribe", "a", 2) + confirmation('*', "unsubscribe", "b", 1);
    const std::string last = confirmation('*', "punsubscribe", "p*", 0);
    const std::string none = "*3\r\n$12\r\npunsubscribe\r\n$-1\r\n:0\r\n";
    arrives(gone + last + none + "$1\r\nv\r\n");
    EXPECT_EQ(heard(),
              (lines{"answer " + gone, "answer " + last, "answer " + none, "answer $1\r\nv\r\n"}));
    EXPECT_FALSE(pinned_->subscribed());
}

TEST_F(pinned_dialogue, pushes_of_resp3_answer_nothing_but_subscriptions) {
    come_up();
    pinned_->send("GET k");
    const std::string push = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n";
    arrives(push + "$1\r\nv\r\n");
    EXPECT_EQ(heard(), (lines{"unasked " + push, "answer $1\r\nv\r\n"}));
    pinned_->send("SUBSCRIBE a", shape::channel, 1);
    arrives(push + confirmation('>', "subscribe", "a", 1));
    EXPECT_EQ(heard(),
              (lines{"unasked " + push, "answer " + confirmation('>', "subscribe", "a", 1)}));
}

TEST_F(pinned_dialogue, an_error_or_queued_answers_a_subscription_alone) {
    come_up();
    pinned_->send("SUBSCRIBE a b", shape::channel, 2);
    pinned_->send("GET k");
    arrives("+QUEUED\r\n$1\r\nv\r\n");
    EXPECT_EQ(heard(), (lines{"answer +QUEUED\r\n", "answer $1\r\nv\r\n"}));
}

TEST_F(pinned_dialogue, exec_is_answered_by_as_many_frames_as_its_subscriptions_make) {
    come_up();
    multi();
    pinned_->send("SUBSCRIBE a b", shape::channel, 2);
    pinned_->send("PUBLISH a hi");
    pinned_->send("UNSUBSCRIBE", shape::channel, 0);
    pinned_->send("GET k");
    pinned_->send("EXEC", shape::transaction);
    pinned_->send("PING");
    arrives("+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n");
    heard();
    const std::string all = "*4\r\n" + confirmation('*', "subscribe", "a", 1) +
                            confirmation('*', "subscribe", "b", 2) + message + ":1\r\n" +
                            confirmation('*', "unsubscribe", "b", 1) +
                            confirmation('*', "unsubscribe", "a", 0) + "$1\r\nv\r\n";
    arrives(all);
    EXPECT_EQ(heard(), lines{"answer " + all});
    EXPECT_FALSE(pinned_->subscribed());
    arrives("+PONG\r\n");
    EXPECT_EQ(heard(), lines{"answer +PONG\r\n"});
}

TEST_F(pinned_dialogue, exec_that_does_not_run_is_answered_by_one_frame) {
    come_up();
    for (const char* const reply : {"*-1\r\n", "_\r\n", "-EXECABORT no\r\n"}) {
        multi();
        pinned_->send("SUBSCRIBE a b", shape::channel, 2);
        pinned_->send("EXEC", shape::transaction);
        arrives("+QUEUED\r\n");
        heard();
        arrives(reply);
        EXPECT_EQ(heard(), lines{"answer " + std::string{reply}});
    }
    EXPECT_FALSE(pinned_->subscribed());
}

TEST_F(pinned_dialogue, in_a_transaction_an_error_is_all_that_a_refused_subscription_says) {
    come_up();
    multi();
    pinned_->send("SUBSCRIBE a b", shape::channel, 2);
    pinned_->send("EXEC", shape::transaction);
    arrives("+QUEUED\r\n");
    heard();
    arrives("*1\r\n-NOPERM no\r\n");
    EXPECT_EQ(heard(), lines{"answer *1\r\n-NOPERM no\r\n"});
}

TEST_F(pinned_dialogue, lines_of_monitor_come_between) {
    come_up();
    pinned_->send("MONITOR");
    arrives("+OK\r\n");
    pinned_->set_monitoring();
    pinned_->send("PING");
    arrives("+1339518083.107412 [0 127.0.0.1:60866] \"keys\"\r\n+PONG\r\n");
    EXPECT_EQ(heard(), (lines{"answer +OK\r\n",
                              "unasked +1339518083.107412 [0 127.0.0.1:60866] \"keys\"\r\n",
                              "answer +PONG\r\n"}));
}

TEST_F(pinned_dialogue, a_tunnel_passes_bytes_as_they_are) {
    come_up();
    pinned_->tunnel();
    pinned_->send("PSYNC ? -1");
    link_->on_bytes("\n+FULLRESYNC x 0\r\n$5\r\nREDIS", now_);
    EXPECT_EQ(heard(), lines{"unasked \n+FULLRESYNC x 0\r\n$5\r\nREDIS"});
}

TEST_F(pinned_dialogue, is_lost_once_and_for_all) {
    pinned_->send("one");
    link_->on_closed("refused", now_);
    EXPECT_EQ(heard(), lines{"never up"});
    EXPECT_TRUE(pinned_->gone());
    EXPECT_EQ(back_clean_, false);
    EXPECT_EQ(link_->next_deadline(), std::nullopt);
}

TEST_F(pinned_dialogue, a_loss_after_it_was_up_says_so) {
    come_up();
    pinned_->send("one");
    link_->on_closed("gone", now_);
    EXPECT_EQ(heard(), lines{"lost"});
}

TEST_F(pinned_dialogue, is_given_back_clean_if_its_user_says_so) {
    come_up();
    pinned_->set_clean();
    pinned_.reset();
    EXPECT_EQ(back_clean_, true);
}

}  // namespace
}  // namespace herdgate::test
