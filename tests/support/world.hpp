// SPDX-License-Identifier: Apache-2.0
//
// world: a whole process of herdgate without threads, sockets or clocks: N engines, their messages
// in one queue that the test turns by hand, loads that end when the test says so, clients that are
// strings.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate::test {

/// A route named `name` for keys "name:{id}", loaded by a command that is never run.
inline route make_route(const std::string& name, route_policy policy = {}) {
    route r;
    r.name = name;
    r.match = *route_pattern::parse(name + ":{id}");
    command_load load;
    load.argv = {text_template{{{"/bin/true", text_template::no_capture}}, "/bin/true"}};
    r.load = load;
    r.policy = policy;
    return r;
}

inline config make_config(std::vector<route> routes) {
    config c;
    for (std::size_t i = 0; i < routes.size(); ++i) routes[i].index = i;
    c.routes = std::move(routes);
    c.store.max_memory = 16 * mib;
    return c;
}

/// A load that has been started and has not ended.
struct started_load {
    std::uint32_t worker;
    load_id id;
};

class world {
  public:
    explicit world(config c, std::uint32_t workers = 2, std::uint64_t seed = 1)
        : config_(std::move(c)), process_(config_, seed) {
        for (std::uint32_t i = 0; i < workers; ++i)
            process_.metrics.push_back(std::make_unique<worker_metrics>(config_.routes.size()));
        for (std::uint32_t i = 0; i < workers; ++i)
            workers_.push_back(std::make_unique<worker>(*this, i, seed + i));
    }

    class client final : public client_link {
      public:
        client(world& w, std::uint32_t index)
            : world_(w),
              worker_(index),
              session_(std::make_unique<session>(
                  *w.workers_[index]->core, *this,
                  client_identity{++w.last_client_, "test:1", "test:2", -1}, w.now)) {}

        /// Sends a command line (inline syntax) and lets everything happen that can happen without
        /// a load.
        void send_line(const std::string& line) {
            send_bytes(line + "\r\n");
            world_.settle();
        }
        void send_bytes(const std::string& bytes) {
            kept_ += bytes;
            kept_.erase(0, session_->consume(kept_, world_.now));
            take();
        }
        /// Everything received since the last call.
        std::string received() {
            take();
            return std::exchange(received_, {});
        }
        void disconnect() { session_.reset(); }
        session& core() { return *session_; }

        void send() override { take(); }
        void drain() override {}
        void overflow() override { overflowed = true; }
        void abort() override { session_->close(); }
        bool overflowed = false;

      private:
        void take() {
            if (session_) received_ += std::exchange(session_->replies().ready(), {});
        }
        world& world_;
        [[maybe_unused]] std::uint32_t worker_;
        std::string kept_;
        std::string received_;
        std::unique_ptr<session> session_;
    };

    std::unique_ptr<client> connect(std::uint32_t index = 0) {
        return std::make_unique<client>(*this, index);
    }

    /// Delivers messages until there are none.
    void settle() {
        for (;;) {
            for (auto& w : workers_)
                for (session* s : w->core->take_touched()) s->link().send();
            if (mail_.empty()) return;
            auto [receiver, m] = std::move(mail_.front());
            mail_.pop_front();
            workers_[receiver]->core->on_message(std::move(m), now);
        }
    }

    const std::deque<started_load>& loads() const { return loads_; }

    /// Ends the oldest load.
    void end_load(load_result result) {
        ASSERT_FALSE(loads_.empty());
        const started_load load = loads_.front();
        loads_.pop_front();
        workers_[load.worker]->core->on_loaded(load.id, std::move(result), now);
        settle();
    }
    void load_value(std::string_view value) {
        end_load({load_outcome::ok, shared_bytes{value}, {}});
    }
    void load_error(std::string reason) { end_load({load_outcome::error, {}, std::move(reason)}); }

    /// Time passes; deadlines are met.
    void pass(milliseconds time) {
        now.steady += time;
        now.store += time;
        for (auto& w : workers_)
            while (w->core->next_deadline() && *w->core->next_deadline() <= now.steady)
                w->core->on_deadline(now);
        settle();
    }

    void invalidate_tag(std::string_view tag, std::optional<route_policy::invalidation> mode) {
        workers_[0]->core->invalidate_tag(tag, mode, now);
        settle();
    }

    /// A figure of a route, over all workers.
    std::uint64_t count(counter route_metrics::*what, std::size_t route = 0) const {
        std::uint64_t sum = 0;
        for (const auto& m : process_.metrics) sum += (m->routes[route].*what).read();
        return sum;
    }
    std::int64_t gauge_sum(gauge worker_metrics::*what) const {
        std::int64_t sum = 0;
        for (const auto& m : process_.metrics) sum += ((*m).*what).read();
        return sum;
    }
    process_state& process() { return process_; }

    instant now{steady_time{seconds{100}}, redis_time{seconds{1'700'000'000}}};

  private:
    struct worker final : loader, engine_host {
        worker(world& owner, std::uint32_t number, std::uint64_t seed)
            : w(owner),
              index(number),
              core(std::make_unique<engine>(owner.process_, number, *this, *this, seed)) {}
        void start(load_id id, load_call) override { w.loads_.push_back({index, id}); }
        void post(std::uint32_t receiver, engine_message m) override {
            w.mail_.emplace_back(receiver, std::move(m));
        }
        void load_failed(const route&, std::string_view) override {}
        world& w;
        std::uint32_t index;
        std::unique_ptr<engine> core;
    };

    config config_;
    process_state process_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::deque<std::pair<std::uint32_t, engine_message>> mail_;
    std::deque<started_load> loads_;
    std::uint64_t last_client_ = 0;
};

}  // namespace herdgate::test
