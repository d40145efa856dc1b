// SPDX-License-Identifier: Apache-2.0
//
// A link over real sockets: the test runs the event loop until something has been heard.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "../../../src/io/link_io.hpp"
#include "herdgate/core/resp/writer.hpp"
#include "redis_server.hpp"

namespace herdgate::test {

class link_io_fixture : public testing::Test, protected link_user, protected reply_taker {
  protected:
    /// One second for anything would do; a busy machine gets more.
    static constexpr std::chrono::seconds patience{20};

    static upstream_config at(const redis_server& server) {
        upstream_config to;
        to.host = "127.0.0.1";
        to.port = server.port();
        to.timeouts.connect = milliseconds{5000};
        return to;
    }

    void open(upstream_config to, link_settings settings) {
        link_.reset();
        to_ = std::move(to);
        link_.emplace(io_, to_, std::move(settings), static_cast<link_user&>(*this), clock_, 1,
                      [this] { ++events_; });
        link_->start();
    }
    void open(const upstream_config& to) { open(to, settings_of(to)); }

    /// Runs the event loop until `done`.
    testing::AssertionResult until(const std::function<bool()>& done) {
        const auto end = std::chrono::steady_clock::now() + patience;
        io_.restart();
        while (!done())
            if (std::chrono::steady_clock::now() > end || io_.run_one_until(end) == 0)
                return testing::AssertionFailure()
                       << "ups " << ups_ << " downs " << downs_ << " last " << reason_;
        return testing::AssertionSuccess();
    }
    auto until_up() {
        return until([this, before = ups_] { return ups_ > before; });
    }
    auto until_down() {
        return until([this, before = downs_] { return downs_ > before; });
    }

    void send(const std::vector<std::string>& words, milliseconds limit = milliseconds{10'000}) {
        std::string command;
        resp::write_array(command, words.size());
        for (const std::string& word : words) resp::write_bulk(command, word);
        link_->core().send(command, *this, ++last_id_, clock_.now().steady + limit);
    }

    /// The reply to one command.
    std::string ask(const std::vector<std::string>& words) {
        const std::size_t before = replies_.size();
        send(words);
        link_->flush();
        EXPECT_TRUE(until([&] { return replies_.size() > before; }));
        return replies_.size() > before ? replies_.back() : "nothing";
    }

    void on_link_up(const instant&) override { ++ups_; }
    void on_link_down(std::string_view reason, const instant&) override {
        ++downs_;
        reason_ = reason;
    }
    void on_push(std::string_view frame, const instant&) override { pushes_.emplace_back(frame); }
    void on_reply(std::uint64_t id, std::string_view frame, const instant&) override {
        EXPECT_EQ(id, replies_.size() + lost_ + 1) << "in order";
        replies_.emplace_back(frame);
    }
    void on_lost(std::uint64_t, const instant&) override { ++lost_; }

    boost::asio::io_context io_{1};
    store_clock clock_;
    upstream_config to_;
    int ups_ = 0, downs_ = 0, events_ = 0;
    std::size_t lost_ = 0;
    std::uint64_t last_id_ = 0;
    std::string reason_;
    std::vector<std::string> replies_, pushes_;
    std::optional<link_io> link_;
};

}  // namespace herdgate::test
