// SPDX-License-Identifier: Apache-2.0
//
// flights: the flight table of one worker, and the driver of its fill machines. A flight is one
// load in progress and everybody who waits for it; a later read of the same key joins it. Since
// every key belongs to one worker, there is at most one attached flight per key in the process.
//
//   - Waiters receive the flight's result itself; nobody looks it up again.
//   - A load belongs to itself: waiters may go, time out, or never have been (a refresh); the load
//   goes on and fills.
//   - A flight whose lease a write has revoked is detached: those who wait may have its result,
//   later reads start anew.
//   - A value within its stale-while-revalidate window is served at once; the flight goes on.
//   - Bounded: waiters per flight, and loads per route (load_limiter); every waiter has a deadline.
//
// Single-threaded: every call comes from the worker's own thread. Time and chance come in as
// values.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "herdgate/core/base/hash.hpp"
#include "herdgate/core/base/random.hpp"
#include "herdgate/core/fill/breaker.hpp"
#include "herdgate/core/fill/fill_machine.hpp"
#include "herdgate/core/fill/flight_view.hpp"
#include "herdgate/core/fill/load_limiter.hpp"
#include "herdgate/core/fill/loader.hpp"
#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/fill/store.hpp"
#include "herdgate/core/metrics/worker_metrics.hpp"

namespace herdgate {

struct route;

/// What flights ask of the engine around them.
class flights_host {
  public:
    /// Takes the result to all of `waiters`, on whatever workers they are. The vector is the host's
    /// to keep.
    virtual void deliver(std::vector<waiter> waiters, const read_result& result) = 0;
    /// A queued load of this or another worker may start: its flights::on_turn is to be called.
    virtual void pass_turn(load_limiter::ticket next) = 0;
    /// For the log: why a load ended without an answer.
    virtual void load_failed(const route& r, std::string_view reason) = 0;
    /// A flight has seen an entry, and nothing has changed it since, as far as is known.
    /// `shared`: the store holds it, too.
    virtual void learned(entry_key key, const route& r, const entry& found, bool shared) = 0;
    /// As in entry_floors.
    virtual route_floor floor_of(std::string_view key, std::string_view notes) const = 0;
    /// What was learned last, for want of better while the store cannot be asked.
    virtual entry remembered(entry_key key) = 0;

  protected:
    ~flights_host() = default;
};

class flights final : private store_sink {
  public:
    struct parts {
        std::uint32_t worker;
        loader& loads;
        flights_host& host;
        worker_metrics& metrics;
        std::vector<std::unique_ptr<load_limiter>>&
            limiters;                                     ///< by route index, shared by the workers
        std::vector<std::unique_ptr<breaker>>& breakers;  ///< likewise
        std::uint64_t seed;
        /// How long a lease lasts; it is renewed while the load runs. 0: the store is this
        /// process's own, a look at the entry costs nothing and was taken before each join, and a
        /// lease lasts as long as the load can take.
        milliseconds lease{0};
    };

    explicit flights(const parts& p);
    ~flights();
    flights(const flights&) = delete;
    flights& operator=(const flights&) = delete;

    /// The store answers through this.
    store_sink& sink() noexcept { return *this; }

    /// The store. Set once, before the first join: store and flights need each other.
    void use(store& entries) noexcept { store_ = &entries; }

    /// Joins the key's flight or opens one. `lease`: the lease seen in the entry just now, in the
    /// same turn, if it could be seen; a flight that does not hold it any more is detached. The
    /// waiter's deadline is set here.
    void join(entry_key key, const route& r, std::optional<lease_token> lease, waiter who,
              const instant& now);

    /// Opens a flight that nobody waits for, unless there is one. `caller`: hears how it has ended,
    /// nil if the key's entry is stored now, an error otherwise; however long that takes.
    /// `early`: as in lease_request.
    void refresh(entry_key key, const route& r, std::optional<lease_token> lease,
                 const instant& now, waiter caller = {}, redis_time early = {});

    /// This process changes the key: later readers start anew.
    void detach(entry_key key);

    /// Somebody has changed the key. A flight that waits for its lease's end looks again; one that
    /// holds what may be out of date is detached.
    void changed(entry_key key, const instant& now);

    /// Somebody has changed every key.
    void all_changed(const instant& now);

    /// A client has written the key. Where clients load it, those who wait have what they waited
    /// for, or one of them is next.
    void written(entry_key key, const instant& now);

    /// The client that was to load has gone.
    void lead_over(flight_id id, std::uint32_t round, const instant& now);

    /// Gives all leases and places back: the process ends, and others may load at once.
    void release_leases(const instant& now);

    void on_loaded(load_id id, load_result result, const instant& now);
    void on_turn(flight_id id, const instant& now);

    /// The earliest moment at which on_deadline has something to do.
    std::optional<steady_time> next_deadline() const noexcept;
    void on_deadline(const instant& now);

    std::size_t size() const noexcept { return by_id_.size(); }

    /// Some flights, `most` at most, and the one that a read of a key would join.
    std::vector<flight_view> list(std::size_t most, const instant& now) const;
    std::optional<flight_view> look(entry_key key, const instant& now) const;

  private:
    struct flight;
    /// Keys are chosen by clients: the hash is seeded.
    struct name_hash {
        std::uint64_t seed;
        std::size_t operator()(std::string_view name) const noexcept {
            return hash_bytes(name, seed);
        }
    };
    using alarm = std::pair<steady_time, flight_id>;

    static flight_view view_of(const flight& f, const instant& now);
    flight* find(entry_key key, std::optional<lease_token> lease);
    bool outdated(const flight& f) const;
    flight* open(entry_key key, const route& r, std::string& refusal);
    std::unique_ptr<flight> make(entry_key key, const route& r, std::string& refusal);
    void load_alone(entry_key key, const route& r, std::vector<waiter> waiters);
    void detach(flight& f);
    void changed(flight& f, const instant& now);
    void close(flight& f);
    void begin(flight& f, bool with_read);
    void serve_stale(flight& f);
    void serve_found(flight& f);
    std::vector<waiter> take_waiters(flight& f);
    void count_looked(flight& f, fill_action next, bool away);
    void release_each(std::vector<waiter> waiters, entry_key key, const route& r,
                      shared_bytes passing);
    bool at_once(const entry& found) const noexcept;
    void expire(flight& f, std::vector<waiter> expired);
    steady_time patience_of(const flight& f) const noexcept;
    milliseconds lease_of(const flight& f) const noexcept;
    nanoseconds wait_of(const flight& f);
    void drive(flight& f, fill_action action);
    void ask_for_load(flight& f);
    void take_place(flight& f);
    void ask_for_place(flight& f);
    void on_place_wake(flight& f);
    void unwatch_place(flight& f);
    void leave_place(flight& f);
    static fleet_places places_of(const flight& f) noexcept;
    void give_up_turn(flight& f);
    void renew(flight& f);
    void break_off(flight& f);
    static bool needs_leader(const flight& f, fill_action next) noexcept;
    void lead(flight& f);
    void end_lead(flight& f, load_outcome outcome);
    void start_load(flight& f);
    void end_load(flight& f, load_result result);
    void next_turn(const route& r);
    static void require_object(load_result& result);
    void finish(flight& f);
    void expire_waiters(flight& f);
    void schedule(flight& f);
    read_result result_of(const flight& f) const;
    void tell_callers(std::vector<waiter> callers, const fill_outcome& outcome);
    bool servable(const entry& found) const noexcept;
    flight* by_id(flight_id id) const noexcept;
    route_metrics& metrics_of(const route& r) const noexcept;

    void on_read(flight_id id, read_answer answer, const instant& now) override;
    void on_acquired(flight_id id, acquire_answer answer, const instant& now) override;
    void on_renewed(flight_id id, bool held, const instant& now) override;
    void on_stored(flight_id id, fill_answer answer, const instant& now) override;
    void on_entered(flight_id id, place_answer answer, const instant& now) override;
    void on_watching(flight_id id, bool will_be_told, const instant& now) override;
    void on_wake(flight_id id, const instant& now) override;

    parts parts_;
    store* store_ = nullptr;
    random_source random_;
    instant now_{};  ///< of the event being handled
    flight_id last_id_ = 0;
    boost::unordered_flat_map<std::string, flight*, name_hash> attached_;  ///< by database and key
    boost::unordered_flat_map<flight_id, std::unique_ptr<flight>> by_id_;
    std::priority_queue<alarm, std::vector<alarm>, std::greater<>> alarms_;
};

}  // namespace herdgate
