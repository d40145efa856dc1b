// SPDX-License-Identifier: Apache-2.0
//
// local_sim: one process on its embedded store: real engines, sessions, flights and policies of two
// workers, whose messages travel as late as chance has it; an origin that changes, fails, answers
// 304 or no-store; clients that read, write, delete, go and come back; a clock that jumps from one
// event to the next. Everything is drawn from one seed.
//
// Values say what they are: "k3 load 17" or "k3 write 4". The numbers are those of the events in
// which the load began or the write was carried out, so that what may be read is plain:
// nothing from before the last change that was made before the read.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/session/session.hpp"
#include "scheduler.hpp"

namespace herdgate::sim {

class local_client;

class local_sim {
  public:
    explicit local_sim(std::uint64_t seed);
    ~local_sim();

    /// What was violated, if anything.
    std::optional<std::string> run();
    std::string describe() const;
    std::size_t commands() const noexcept { return commands_; }
    std::size_t loads() const noexcept { return began_; }
    /// What has happened last, a line each.
    const std::deque<std::string>& last_events() const noexcept { return events_; }

  private:
    friend class local_client;
    struct load {
        std::uint32_t worker;
        load_id id;
        std::string key;
        std::uint64_t number;  ///< of the event in which it began
        bool current = true;   ///< the key has not been changed since
    };
    struct worker final : loader, engine_host {
        worker(local_sim& s, std::uint32_t i);
        void start(load_id id, load_call call) override;
        void post(std::uint32_t receiver, engine_message m) override;
        void load_failed(const route&, std::string_view) override {}
        local_sim& sim;
        std::uint32_t index;
        engine core;
        bool waking = false;
    };

    static config draw(chance& luck);
    void fail(const std::string& what);
    void trace(const std::string& text);
    void client_turn(std::size_t index);
    void command(local_client& c);
    void change(const std::string& key);
    void change_tagged();
    void end_load(std::size_t index);
    void set_timer(std::uint32_t index);
    void after_event();
    void rest();
    void check_sums();
    instant now() const noexcept {
        return {time_.now(),
                redis_time{seconds{1'700'000'000}} + std::chrono::duration_cast<milliseconds>(
                                                         time_.now() - steady_time{seconds{1000}})};
    }
    std::string any_key();
    const route_policy& policy() const noexcept { return config_.routes[0].policy; }

    chance luck_;
    config config_;
    process_state process_;
    scheduler time_;
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<std::unique_ptr<local_client>> clients_;
    std::deque<load> loads_;
    std::map<std::string, std::uint64_t> changed_;  ///< by key: the event of its last hard change
    struct leader {
        std::string who;  ///< empty: nobody
        steady_time since{};
    };
    std::map<std::string, leader> leaders_;  ///< of keys that clients load: who was told to
    redis_time tagged_{};  ///< when all keys were last invalidated by their tag
    std::uint64_t event_ = 0;
    std::size_t commands_ = 0;
    std::size_t began_ = 0;
    bool working_ = true;
    std::optional<std::string> failure_;
    std::deque<std::string> events_;
};

}  // namespace herdgate::sim
