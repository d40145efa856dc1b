// SPDX-License-Identifier: Apache-2.0
//
// simulation: one seed's run, from the first byte to rest.
//
//   phase one   clients work, a writer changes values at the origin and invalidates them, faults
//               happen
//   healing     no more faults; what is broken is given the time to be noticed
//   phase two   every key can be read everywhere; after one more change everybody has the newest
//   rest        nothing is left behind
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checker.hpp"
#include "sim_client.hpp"

namespace herdgate::sim {

class simulation {
  public:
    explicit simulation(const settings& s);
    ~simulation();

    /// What is wrong, if anything is.
    std::optional<std::string> run();

    /// The last things that happened, if settings::trace.
    const std::deque<std::string>& last_events() const noexcept { return events_; }
    std::size_t commands_answered() const;
    std::size_t loads() noexcept { return origin_.loads().size(); }

  private:
    void boot();
    void heal();
    void phase_two();
    void rest();
    void pass(nanoseconds time);

    void client_turn(std::size_t client);
    void client_command(sim_client& c);
    void writer_turn();
    void fault_turn();
    void fault_of_process(sim_process& p, std::size_t which);
    void fault_of_redis(std::size_t which);
    void expire_turn();
    void start_load(std::size_t process, std::uint32_t worker, load_id id, const std::string& key);
    void end_load(std::size_t number, load_result result);
    void boot_later(sim_process& p);
    void trace(const std::string& text);
    std::string any_key() { return key_name(luck_.below(settings_.keys)); }

    const settings settings_;
    scheduler time_;
    chance luck_;
    network net_;
    origin origin_;
    redis_host redis_;
    fleet processes_;
    std::deque<std::string> events_;
    checker checks_;
    std::set<std::string> writing_;
    client_world world_;
    std::vector<std::shared_ptr<sim_client>> clients_;
    model_redis::client_id admin_ = 0;
    bool working_ = true;
    bool cut_silently_ = false;
};

}  // namespace herdgate::sim
