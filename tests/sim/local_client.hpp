// SPDX-License-Identifier: Apache-2.0
//
// local_client: a client of the simulated process. Knows what it has asked and when, and judges
// each reply.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "herdgate/core/resp/reply_parser.hpp"
#include "local_sim.hpp"

namespace herdgate::sim {

class local_client final : public client_link {
  public:
    local_client(local_sim& sim, std::uint32_t worker, std::string called)
        : name(std::move(called)),
          sim_(sim),
          session_(std::make_unique<session>(sim.workers_[worker]->core, *this,
                                             client_identity{1, "sim:1", "sim:2", -1}, sim.now())) {
    }

    /// An inline command. `key`: read, if it is a read.
    void ask(const std::string& line, const std::string& key = {}) {
        asked_.push_back({key, sim_.event_, sim_.time_.now()});
        ++sim_.commands_;
        sim_.trace(name + " asks " + line);
        kept_ += line + "\r\n";
        kept_.erase(0, session_->consume(kept_, sim_.now()));
        take();
    }

    void send() override { take(); }
    void drain() override {}
    void overflow() override { sim_.fail(name + " was cut off"); }
    void abort() override {}

    std::size_t waiting() const noexcept { return asked_.size(); }
    steady_time waits_since() const noexcept { return asked_.front().when; }
    const std::string name;

  private:
    struct question {
        std::string key;
        std::uint64_t event;
        steady_time when;
    };

    void take() {
        received_ += std::exchange(session_->replies().ready(), {});
        resp::reply_parser parser;
        while (!received_.empty() && parser.parse(received_) == resp::parse_status::complete) {
            const std::string reply = received_.substr(0, parser.consumed());
            received_.erase(0, parser.consumed());
            if (asked_.empty()) return sim_.fail(name + " got a reply that it did not ask for");
            const question q = asked_.front();
            asked_.pop_front();
            sim_.trace(name + " has " + reply.substr(0, reply.size() - 2));
            if (!q.key.empty()) judge(q, reply);
        }
    }

    void judge(const question& q, const std::string& reply);

    local_sim& sim_;
    std::string kept_;
    std::string received_;
    std::deque<question> asked_;
    std::unique_ptr<session> session_;
};

}  // namespace herdgate::sim
