// SPDX-License-Identifier: Apache-2.0
//
// sim_link: what io/link_io is in the daemon: drives one link's machine over a simulated
// connection.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "herdgate/core/upstream/link.hpp"
#include "redis_host.hpp"

namespace herdgate::sim {

/// The process around a link or a worker: its clock, and whether it runs at all.
class surroundings {
  public:
    virtual instant now() const = 0;
    /// Runs something later, unless the process has died; not before it runs again if it is held.
    virtual void later(nanoseconds delay, std::function<void()> what) = 0;
    virtual steady_time held_until() const = 0;
    virtual std::size_t number() const = 0;

  protected:
    ~surroundings() = default;
};

class sim_link {
  public:
    sim_link(surroundings& around, redis_host& to, link_settings s, link_user& user,
             std::uint64_t seed, std::function<void()> after_event)
        : around_(around),
          to_(to),
          core_(std::move(s), user, seed),
          after_event_(std::move(after_event)) {}
    ~sim_link() { close(); }
    sim_link(const sim_link&) = delete;
    sim_link& operator=(const sim_link&) = delete;

    link& core() noexcept { return core_; }
    const std::shared_ptr<connection>& open_connection() const noexcept { return connection_; }
    void start() { core_.start(around_.now()); }

    /// After every event of the worker.
    void flush() {
        switch (core_.wants()) {
            case link::want::connect:
                connect();
                break;
            case link::want::close:
                close();
                break;
            case link::want::nothing:
                break;
        }
        if (connection_ && connected_) {
            std::string bytes = core_.take_output();
            if (!bytes.empty()) connection_->to_server->send(std::move(bytes));
        }
        set_timer();
    }

    /// The process dies: what it has said may arrive or not.
    void close(bool lose_what_was_sent = false) {
        if (connection_) connection_->close(lose_what_was_sent);
        connection_.reset();
        connected_ = false;
    }

  private:
    void connect() {
        close();
        const std::uint64_t attempt = ++attempt_;
        connection_ = to_.connect(around_.number(), {[this](std::string_view bytes) {
                                                         core_.on_bytes(bytes, around_.now());
                                                         after_event_();
                                                     },
                                                     [this] { ended("closed"); },
                                                     [this] { return around_.held_until(); }});
        around_.later(std::chrono::microseconds{500}, [this, attempt] {
            if (attempt != attempt_) return;
            if (!connection_) return ended("refused");
            connected_ = true;
            core_.on_connected(around_.now());
            after_event_();
        });
    }
    void ended(std::string_view why) {
        close();
        core_.on_closed(why, around_.now());
        after_event_();
    }
    void set_timer() {
        const auto next = core_.next_deadline();
        if (!next || (timer_ && *timer_ <= *next)) return;
        timer_ = next;
        around_.later(*next - around_.now().steady, [this] {
            timer_.reset();
            core_.on_deadline(around_.now());
            after_event_();
        });
    }

    surroundings& around_;
    redis_host& to_;
    link core_;
    std::function<void()> after_event_;
    std::shared_ptr<connection> connection_;
    bool connected_ = false;
    std::uint64_t attempt_ = 0;
    std::optional<steady_time> timer_;
};

}  // namespace herdgate::sim
