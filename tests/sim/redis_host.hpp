// SPDX-License-Identifier: Apache-2.0
//
// redis_host: the machine on which the model of Redis runs: its network, its clock, and what can
// happen to it. Connections are pairs of pipes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model_redis.hpp"
#include "pipe.hpp"

namespace herdgate::sim {

struct connection {
    std::shared_ptr<pipe> to_server;
    std::shared_ptr<pipe> to_client;
    model_redis::client_id id = 0;
    std::size_t process = 0;
    bool broken = false;  ///< what Redis says from now on does not arrive any more

    /// Lets go of it at the client's end; Redis may still get what is on its way.
    void close(bool lose_what_was_sent) {
        to_client->close();
        broken = true;
        if (lose_what_was_sent) to_server->cut();
        to_server->end();
    }
};

class redis_host {
  public:
    redis_host(scheduler& s, chance& c, network& n, planted bugs)
        : scheduler_(s), chance_(c), network_(n), server_(bugs) {}

    model_redis& server() {
        server_.set_clock(clock());
        return server_;
    }

    /// A connection, or nothing: it does not listen.
    std::shared_ptr<connection> connect(std::size_t process, pipe::receiver at_client) {
        if (scheduler_.now() < down_until_) return nullptr;
        auto c = std::make_shared<connection>();
        c->process = process;
        c->to_client = std::make_shared<pipe>(scheduler_, chance_, network_, std::move(at_client));
        c->id = server().connect([weak = std::weak_ptr<connection>{c}](std::string bytes) {
            if (const auto held = weak.lock()) held->to_client->send(std::move(bytes));
        });
        c->to_server = std::make_shared<pipe>(
            scheduler_, chance_, network_,
            pipe::receiver{[this, id = c->id](std::string_view bytes) {
                               server().receive(id, bytes);
                               if (after_receive) after_receive();
                           },
                           [this, id = c->id] { server().disconnect(id); },
                           [this] { return std::max(frozen_until_, down_until_); }});
        connections_.push_back(c);
        return c;
    }

    /// Connections that somebody still holds.
    std::vector<std::shared_ptr<connection>> connections() {
        std::vector<std::shared_ptr<connection>> open;
        for (const auto& weak : connections_)
            if (auto c = weak.lock()) open.push_back(std::move(c));
        connections_.assign(open.begin(), open.end());
        return open;
    }
    std::shared_ptr<connection> find(model_redis::client_id id) {
        for (const auto& weak : connections_)
            if (auto c = weak.lock(); c && c->id == id) return c;
        return nullptr;
    }

    /// `silent`: neither end is told.
    void cut(connection& c, bool silent) {
        c.broken = true;
        if (chance_.one_in(2)) c.to_client->cut_pieces();
        if (silent) c.to_client->cut();
        c.to_client->end();
        if (chance_.one_in(2)) c.to_server->cut();
        const auto gone = [this, id = c.id] { server().disconnect(id); };
        scheduler_.after(chance_.between(nanoseconds{0}, seconds{1}), gone);
    }

    void restart(bool keeps_data, nanoseconds down_for) {
        for (const auto& c : connections()) {
            c->broken = true;
            if (chance_.one_in(2)) c->to_client->cut_pieces();
            c->to_client->end();
            c->to_server->cut();
        }
        server().restart(keeps_data);
        down_until_ = scheduler_.now() + down_for;
    }
    void freeze(nanoseconds time) { frozen_until_ = scheduler_.now() + time; }
    void jump(nanoseconds by) { offset_ += by; }

    std::int64_t clock() const noexcept {
        return (scheduler_.now().time_since_epoch() + offset_).count() / 1000;
    }

    std::function<void()> after_receive;

  private:
    scheduler& scheduler_;
    chance& chance_;
    network& network_;
    model_redis server_;
    std::vector<std::weak_ptr<connection>> connections_;
    steady_time down_until_{};
    steady_time frozen_until_{};
    nanoseconds offset_ = seconds{1'700'000'000};
};

}  // namespace herdgate::sim
