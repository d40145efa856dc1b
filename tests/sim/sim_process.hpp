// SPDX-License-Identifier: Apache-2.0
//
// sim_process: one herdgate: what its workers share, their mail, its clock, its clients' sessions.
// It can die with everything in it, be booted again, and be held still (its events wait, as after
// SIGSTOP).
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "settings.hpp"
#include "sim_worker.hpp"

namespace herdgate::sim {

class sim_process final : public worker_host {
  public:
    using load_hook = std::function<void(std::size_t process, std::uint32_t worker, load_id id,
                                         const std::string& key)>;

    sim_process(std::size_t number, const settings& s, scheduler& time, chance& luck,
                redis_host& redis, load_hook on_load);
    ~sim_process();

    void boot();
    void kill(bool lose_what_was_sent);
    void hold(nanoseconds time);
    void release_leases();

    bool alive() const noexcept { return state_ != nullptr; }
    std::uint64_t incarnation() const noexcept { return incarnation_; }
    /// Beats (looks at Redis's clock, forgets what has expired) go on until then.
    void stop_beats() noexcept { beats_ = false; }

    std::uint64_t open_session(std::uint32_t worker, std::function<void(std::string)> out);
    void close_session(std::uint64_t id);
    void client_bytes(std::uint64_t session, std::string_view bytes);
    void end_load(std::uint32_t worker, load_id id, load_result result);

    const std::vector<std::unique_ptr<sim_worker>>& workers() const noexcept { return workers_; }
    process_state& state() const noexcept { return *state_; }
    /// On the simulation's clock.
    bool away_since(steady_time moment) const;
    /// Every worker has been coherent since then at least, and no link of a store is half dead.
    bool coherent_since(steady_time moment) const;
    /// How long it was held, all in all; what still lies ahead included, or not.
    nanoseconds held() const noexcept { return held_; }
    nanoseconds held_so_far() const noexcept {
        return held_ - std::max(held_until_ - time_.now(), nanoseconds{0});
    }

    // worker_host
    instant now() const override;
    void later(nanoseconds delay, std::function<void()> what) override;
    steady_time held_until() const override { return held_until_; }
    std::size_t number() const override { return number_; }
    void load_started(std::uint32_t worker, load_id id, const std::string& key) override {
        on_load_(number_, worker, id, key);
    }
    void send(std::uint32_t from, std::uint32_t to, engine_message m) override;
    void set_offset(nanoseconds offset) override { offset_ = offset; }

  private:
    void beat(std::uint32_t worker);

    const std::size_t number_;
    const settings& settings_;
    scheduler& time_;
    chance& luck_;
    redis_host& redis_;
    load_hook on_load_;
    const config config_;
    const nanoseconds skew_;  ///< its steady clock began elsewhere
    nanoseconds offset_{};
    steady_time held_until_{};
    nanoseconds held_{};
    bool beats_ = true;
    std::uint64_t incarnation_ = 0;
    std::uint64_t last_session_ = 0;
    std::shared_ptr<int> life_;
    std::unique_ptr<process_state> state_;
    std::vector<std::unique_ptr<sim_worker>> workers_;
    std::map<std::uint64_t, std::unique_ptr<sim_session>> sessions_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::deque<engine_message>> mail_;
};

}  // namespace herdgate::sim
