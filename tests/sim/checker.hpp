// SPDX-License-Identifier: Apache-2.0
//
// checker: watches the model of Redis, the origin and the clients, and says what is wrong. The
// numbers are those of the invariants in README.md.
//
// It knows what Redis executed, in which order (as MONITOR would tell), and which bytes have
// arrived where. From that follows the oldest version that a reader may get:
//
//   An entry that is removed or written at moment E sets the key's floor: what is stored later
//   comes from loads that begin after E. A process whose owner of the key is coherent has heard of
//   E once the invalidation (or the reply to its own write) has arrived; whoever asks it from then
//   on gets no version below the floor. Before that, or without coherence, near_cache.max_age and
//   some time for a load in progress bound it. While its Redis is away, only the windows do.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "origin.hpp"
#include "redis_host.hpp"
#include "settings.hpp"
#include "sim_process.hpp"

namespace herdgate::sim {

using fleet = std::vector<std::unique_ptr<sim_process>>;

class checker {
  public:
    checker(const settings& s, scheduler& time, origin& source, redis_host& redis, fleet& processes,
            std::function<void(const std::string&)> trace);

    void fail(const std::string& text);
    const std::optional<std::string>& failure() const noexcept { return failure_; }
    void fault(const std::string& what);
    void heal_at(steady_time when) { healed_at_ = when; }
    /// A SET whose client got no OK: it may take effect whenever it likes, or never.
    void late_write(const std::string& key, std::size_t version) {
        keys_[key].late_writes.insert(version);
    }

    void on_event(const model_event& e);
    void on_received();  ///< Redis has taken what arrived at it
    void on_load(sim_load& l);

    /// The oldest version that this process may answer from now on.
    std::size_t floor(std::size_t process, const std::string& key);

    struct read {
        std::size_t process;
        std::string key;
        std::size_t floor;
        steady_time asked;
        bool first;  ///< its answer waits for no other's
    };
    void on_value(const read& r, const std::string& text);
    void on_nil(const read& r);
    void on_error(const read& r, const std::string& text);

    /// When everything has come to rest.
    void at_rest();

  private:
    struct change {
        steady_time when;
        std::size_t floor;
    };
    struct unheard {
        std::size_t process;
        std::shared_ptr<connection> through;
        std::uint64_t arrives_with;  ///< bytes on that connection
    };
    struct grant {
        std::string token;
        std::shared_ptr<connection> through;
    };
    struct key_state {
        std::size_t floor = 1;
        std::vector<change> changes;
        std::map<std::size_t, std::size_t> heard;  ///< floors by process
        std::vector<unheard> on_the_way;
        std::set<std::size_t> late_writes;
        std::size_t stored = 0;  ///< the version stored last
        steady_time removed{};
        steady_time moved{};
        std::optional<steady_time> filled;  ///< and nothing has changed it since
        std::deque<grant> granted;          ///< whose loads have not begun
    };

    /// No fault excuses anything.
    bool calm() const noexcept {
        return !settings_.faults || (healed_at_ && time_.now() >= *healed_at_);
    }
    bool heard(key_state& k, std::size_t process);
    /// How long a load in progress may take in readers of a process that is not told of changes.
    nanoseconds settling() const noexcept {
        return settings_.lease / 3 + settings_.store_timeout + settings_.load_most + seconds{1};
    }
    void on_filled(key_state& k, const model_event& e);
    void on_written(key_state& k, const model_event& e);
    void raise_floor(key_state& k, std::size_t version);
    void check_overlap(const sim_load& l);
    void check_woken(const read& r);
    void check_metrics(const sim_process& p);

    const settings& settings_;
    scheduler& time_;
    origin& origin_;
    redis_host& redis_;
    fleet& processes_;
    std::function<void(const std::string&)> trace_;
    std::map<std::string, key_state> keys_;
    std::set<std::string> lost_leases_;
    std::vector<std::pair<std::string, std::shared_ptr<connection>>> arriving_;
    steady_time last_fault_{};
    std::string last_fault_name_;
    std::optional<steady_time> healed_at_;
    std::optional<std::string> failure_;
};

}  // namespace herdgate::sim
