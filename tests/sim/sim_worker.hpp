// SPDX-License-Identifier: Apache-2.0
//
// sim_worker: what io/worker and io/shared_store are in the daemon: one engine, its store in Redis
// and its links, wired alike. sim_session is a client's connection at this end.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "herdgate/core/engine.hpp"
#include "herdgate/core/session/session.hpp"
#include "herdgate/core/upstream/redis_store.hpp"
#include "herdgate/core/upstream/relay.hpp"
#include "sim_link.hpp"

namespace herdgate::sim {

/// What a worker asks of the simulation.
class worker_host : public surroundings {
  public:
    virtual void load_started(std::uint32_t worker, load_id id, const std::string& key) = 0;
    virtual void send(std::uint32_t from, std::uint32_t to, engine_message m) = 0;
    virtual void set_offset(nanoseconds offset) = 0;

  protected:
    ~worker_host() = default;
};

class sim_worker final : private loader, private engine_host, private redis_store_user {
  public:
    sim_worker(worker_host& host, process_state& process, redis_host& redis, std::uint32_t index,
               std::uint64_t seed);
    ~sim_worker();

    void start();
    /// Something has happened in the engine: what follows from it leaves.
    void after_event();
    void tick();
    /// The end of the process: what was written may be lost.
    void cut_off(bool lose_what_was_sent);
    void release_leases();

    engine& core() noexcept { return core_; }
    std::uint32_t index() const noexcept { return index_; }
    const sim_link& data() const noexcept { return data_; }
    const sim_link& unasked() const noexcept { return unasked_; }
    sim_link& relay_link() noexcept { return relay_link_; }
    sim_link& data() noexcept { return data_; }

    bool away() const noexcept { return away_; }
    bool coherent() const noexcept { return coherent_; }
    /// The last moments at which that changed, on the process's clock. Coherence that began while
    /// no load was in progress counts as there ever since.
    steady_time last_away() const noexcept { return last_away_; }
    steady_time coherent_since() const noexcept { return coherent_since_; }

  private:
    void set_timer();

    void start(load_id id, load_call call) override;
    void post(std::uint32_t worker, engine_message m) override;
    void load_failed(const route&, std::string_view) override {}
    void on_store_away(bool away, std::string_view reason, const instant& now) override;
    void on_trouble(std::string_view) override {}
    void on_coherent(bool coherent, const instant& now) override;
    void on_entry_changed(std::string_view key, const instant& now) override;
    void on_all_changed(const instant& now) override;
    void on_clock(nanoseconds offset) override;
    // Messages about routes and the refresh stream: not simulated.
    void on_published(std::string_view, const instant&) override {}
    void on_following(bool, const instant&) override {}
    route_floor floor_of(std::string_view key, std::string_view notes) override {
        return core_.floor_of(key, notes);
    }
    void on_floor(std::string_view, const route_floor&, const instant&) override {}
    void on_refresh_due(entry_key key, const instant& now) override { core_.refresh_due(key, now); }

    worker_host& host_;
    const std::uint32_t index_;
    const worker_metrics& metrics_;
    engine core_;
    redis_store store_;
    relay relay_;
    sim_link data_;
    sim_link unasked_;
    sim_link relay_link_;
    std::optional<steady_time> timer_;
    bool away_ = true;
    bool coherent_ = false;
    steady_time last_away_{};
    steady_time coherent_since_{};
};

class sim_session final : public client_link {
  public:
    sim_session(sim_worker& w, std::uint64_t id, const instant& now,
                std::function<void(std::string)> out)
        : worker_(w),
          out_(std::move(out)),
          core_(w.core(), *this, client_identity{id, "sim:1", "sim:2", -1}, now) {}

    void take(std::string_view bytes, const instant& now) {
        kept_ += bytes;
        kept_.erase(0, core_.consume(kept_, now));
        send();
    }
    void send() override {
        std::string ready = std::exchange(core_.replies().ready(), {});
        if (!ready.empty()) out_(std::move(ready));
    }
    void drain() override {}
    void overflow() override {}
    void abort() override { core_.close(); }
    sim_worker& where() noexcept { return worker_; }

  private:
    sim_worker& worker_;
    std::function<void(std::string)> out_;
    std::string kept_;
    session core_;
};

}  // namespace herdgate::sim
