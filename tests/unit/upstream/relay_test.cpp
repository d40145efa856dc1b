// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/relay.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "herdgate/core/resp/command_writer.hpp"

namespace herdgate {
namespace {

/// A reader that writes down what it got.
class listener final : public reader {
  public:
    void on_read(std::uint32_t, const read_result& result) override {
        heard.push_back(result.what == read_result::kind::reply ? std::string{result.value.view()}
                                                                : "error " + result.error);
    }
    std::vector<std::string> heard;
};

class relay_dialogue : public testing::Test {
  protected:
    relay_dialogue() {
        link_.emplace(link_settings{}, relay_.user(resp::protocol::resp2), 1);
        relay_.use(resp::protocol::resp2, *link_, [this] { link_->start(now_); });
    }
    void forward(const std::string& word, std::uint16_t database = 0) {
        relay_.forward(resp::protocol::resp2, database, resp::command({word}), {client_, 0, 0, {}},
                       now_);
    }
    void connect() {
        ASSERT_EQ(link_->wants(), link::want::connect);
        link_->on_connected(now_);
        link_->take_output();
        answer("+PONG\r\n");
    }
    void answer(const std::string& bytes) { link_->on_bytes(bytes, now_); }
    std::string sent() { return link_->take_output(); }
    std::vector<std::string> heard() { return std::exchange(client_->heard, {}); }

    instant now_{steady_time{seconds{1000}}, redis_time{seconds{5000}}};
    relay relay_{milliseconds{5000}, 0};
    std::optional<link> link_;
    std::shared_ptr<listener> client_ = std::make_shared<listener>();
};

using lines = std::vector<std::string>;

TEST_F(relay_dialogue, opens_its_link_with_the_first_command_which_waits_for_it) {
    EXPECT_EQ(link_->wants(), link::want::nothing);
    forward("one");
    forward("two");
    connect();
    EXPECT_EQ(sent(), resp::command({"one"}) + resp::command({"two"}));
    answer("$1\r\n1\r\n-ERR two\r\n");
    EXPECT_EQ(heard(), (lines{"$1\r\n1\r\n", "-ERR two\r\n"}));
}

TEST_F(relay_dialogue, refuses_at_once_while_redis_is_away) {
    forward("one");
    link_->wants();
    link_->on_closed("refused", now_);
    forward("two");
    EXPECT_EQ(heard().size(), 2U);
}

TEST_F(relay_dialogue, what_comes_after_a_loss_waits_for_the_next_attempt_and_no_longer) {
    forward("one");
    connect();
    answer("$1\r\n1\r\n");
    heard();
    link_->on_closed("killed", now_);
    forward("two");
    EXPECT_EQ(heard(), lines{});
    now_.steady += seconds{10};
    link_->on_deadline(now_);
    connect();
    EXPECT_EQ(sent(), resp::command({"two"}));
    answer("$1\r\n2\r\n");
    EXPECT_EQ(heard(), lines{"$1\r\n2\r\n"});

    link_->on_closed("killed", now_);
    forward("three");
    now_.steady += seconds{10};
    link_->on_deadline(now_);
    link_->wants();
    link_->on_closed("refused", now_);
    forward("four");
    EXPECT_EQ(heard().size(), 2U);
}

TEST_F(relay_dialogue, says_of_a_lost_command_that_it_may_have_run) {
    forward("one");
    connect();
    link_->on_closed("gone", now_);
    ASSERT_EQ(client_->heard.size(), 1U);
    EXPECT_NE(client_->heard[0].find("may have run"), std::string::npos);
}

TEST_F(relay_dialogue, runs_nothing_in_a_database_before_redis_has_said_that_it_is_there) {
    forward("one");
    connect();
    forward("two", 5);
    forward("three");
    const std::string to_five = resp::command({"SELECT", "5"});
    EXPECT_EQ(sent(), resp::command({"one"}) + to_five + resp::command({"SELECT", "0"}) +
                          resp::command({"three"}));
    answer("+1\r\n+OK\r\n+OK\r\n+3\r\n");
    EXPECT_EQ(sent(), to_five + resp::command({"two"}));
    answer("+OK\r\n+2\r\n");
    EXPECT_EQ(heard(), (lines{"+1\r\n", "+3\r\n", "+2\r\n"}));
}

TEST_F(relay_dialogue, a_database_that_is_not_there_costs_nobody_else_anything) {
    forward("one");
    connect();
    forward("two", 9);
    sent();
    answer("+1\r\n-ERR DB index is out of range\r\n");
    EXPECT_EQ(heard(), (lines{"+1\r\n", "error ERR DB index is out of range"}));
    forward("three", 9);
    EXPECT_EQ(heard(), lines{"error ERR DB index is out of range"});
    EXPECT_TRUE(link_->up());
    forward("four");
    answer("+OK\r\n+4\r\n");
    EXPECT_EQ(heard(), lines{"+4\r\n"});
}

}  // namespace
}  // namespace herdgate
