// SPDX-License-Identifier: Apache-2.0
//
// A link with a test for its io side, its user and its takers. What happens is written down in
// `heard`, in order; time moves when the test says so.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "herdgate/core/upstream/link.hpp"

namespace herdgate::test {

/// "PING" and "AUTH pw" as they are on the wire.
inline std::string wire(std::vector<std::string> words) {
    std::string out = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words)
        out += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    return out;
}

class link_fixture : public testing::Test, protected link_user, protected reply_taker {
  protected:
    using words = std::vector<std::string>;
    using want = link::want;

    link& make(link_settings settings = {}, std::uint64_t seed = 1) {
        link_.emplace(std::move(settings), static_cast<link_user&>(*this), seed);
        link_->start(now_);
        return *link_;
    }

    /// A link that is up; nothing has been heard.
    link& make_up(link_settings settings = {}) {
        link& made = make(std::move(settings));
        connect();
        heard_.clear();
        return made;
    }

    /// From the wish to connect to the last word of the greeting.
    void connect() {
        ASSERT_EQ(link_->wants(), want::connect);
        link_->on_connected(now_);
        for (int i = 0; i < 4 && !link_->up(); ++i) {
            const bool ping = link_->take_output() == wire({"PING"});
            link_->on_bytes(ping ? "+PONG\r\n" : "+OK\r\n", now_);
        }
        ASSERT_TRUE(link_->up());
    }

    void send(std::uint64_t id, milliseconds limit = milliseconds{1000}) {
        link_->send(wire({"GET", std::to_string(id)}), *this, id, now_.steady + limit);
    }

    void pass(milliseconds time) { now_.steady += time; }

    /// To the next deadline; what the link makes of it.
    milliseconds pass_to_deadline() {
        const auto due = link_->next_deadline();
        if (!due) return milliseconds{-1};
        const auto waited = std::chrono::duration_cast<milliseconds>(*due - now_.steady);
        now_.steady = *due;
        link_->on_deadline(now_);
        return waited;
    }

    /// What was heard since the last call.
    words heard() { return std::exchange(heard_, {}); }

    void on_link_up(const instant&) override {
        heard_.push_back("up");
        react("up");
    }
    void on_link_down(std::string_view reason, const instant&) override {
        EXPECT_FALSE(link_->up());
        heard_.push_back("down: " + std::string{reason});
        react("down");
    }
    void on_push(std::string_view frame, const instant&) override {
        heard_.push_back("push " + std::string{frame});
        react("push");
    }
    void on_reply(std::uint64_t id, std::string_view frame, const instant&) override {
        const std::string before{frame};
        react("reply");
        EXPECT_EQ(frame, before) << "the frame is valid during the whole call";
        heard_.push_back(std::to_string(id) + " " + before);
    }
    void on_lost(std::uint64_t id, const instant&) override {
        EXPECT_FALSE(link_->up());
        heard_.push_back(std::to_string(id) + " lost");
        react("lost");
    }

    instant now_{steady_time{seconds{1000}}, redis_time{seconds{5000}}};
    std::optional<link> link_;
    words heard_;
    std::string when_;  ///< the event at which `then_` is done, once
    std::function<void()> then_;

  private:
    void react(const std::string& event) {
        if (event != when_ || !then_) return;
        std::exchange(then_, nullptr)();
    }
};

}  // namespace herdgate::test
