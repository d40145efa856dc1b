// SPDX-License-Identifier: Apache-2.0
//
// fill_machine: the life of one flight's load, as a machine: an event goes in, the next action
// comes out. It does nothing itself and knows no store, loader or clock.
//
//   read ──► fresh, negative, backoff ─────────────────────────────────────────► finished
//    │ ▲ └─► foreign, away ──────────── load (no lease, nothing stored) ───────► finished
//    ▼ └──────────────── woken, or the lease ran out ─┐
//   acquire ─► held ─ watch ─ acquire again ─ held ─ wait
//    │  └────► fresh, backoff ─────────────────────────────────────────────────► finished
//    └───────► granted ─ load ─► ok, absent ─ fill ─► stored or refused ───────► finished
//                            └─► failed ──── fail ──► recorded ────────────────► finished
//
// The look after `watch` closes the race with a holder that finishes before anybody listens.
// Bounded: each state is left by exactly one event; `wait` ends with the waiters' own time-outs.
#pragma once

#include <cstdint>
#include <string>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/entry.hpp"
#include "herdgate/core/fill/loader.hpp"
#include "herdgate/core/fill/store.hpp"

namespace herdgate {

struct route_policy;

/// What the driver has to do next.
enum class fill_action : std::uint8_t {
    read,     ///< store.read
    acquire,  ///< store.acquire
    watch,    ///< store.watch
    wait,     ///< until on_wake, or on_wait_over once retry_in() has passed
    load,     ///< loader.start
    fill,     ///< store.fill with result_entry()
    fail,     ///< store.fail with result_entry()
    finish,   ///< tell the waiters outcome()
};

/// What the flight means for those who wait.
struct fill_outcome {
    enum class kind : std::uint8_t {
        value,   ///< `found.value`
        nil,     ///< the key does not exist
        alone,   ///< answers may not be stored: each who waits needs a load of their own, but for
                 ///< the first where there is `passing`
        failed,  ///< the load failed just now: `found` is what there was before, `found.reason` why
        backoff,  ///< not loaded, because of an earlier failure: likewise
    };
    kind what = kind::failed;
    entry found;
    bool shared = true;    ///< `found` is what the store holds now, as far as can be known
    shared_bytes passing;  ///< with alone: what was loaded, for one
};

class fill_machine {
  public:
    explicit fill_machine(const route_policy& policy) noexcept : policy_(&policy) {}

    /// Begins with a look at the entry, or, where that look was just taken, with the lease.
    fill_action start_with_read() noexcept;
    fill_action start_with_acquire() noexcept;

    /// Begins with a load that is nobody else's business: without a lease, stored nowhere.
    fill_action start_alone() noexcept;

    /// With away, `answer.e` is what is remembered of the entry.
    fill_action on_read(read_answer answer, redis_time now);
    fill_action on_acquired(acquire_answer answer);
    /// `will_be_told`: as in store_sink::on_watching.
    fill_action on_watching(bool will_be_told) noexcept;

    /// With load: whoever was to load has written the key, or has gone.
    fill_action look_again() noexcept;

    /// True if there is something to do at once: the next action is `read`. Otherwise the wake-up
    /// is remembered where it matters.
    bool on_wake() noexcept;
    fill_action on_wait_over() noexcept;

    /// `load_time`: how long the load took; `chance`: uniform in [0, 1), spreads the ends and the
    /// retries of different keys.
    fill_action on_loaded(load_result result, redis_time now, milliseconds load_time,
                          double chance);

    /// The store has taken the result, or refused it. Those who wait get it either way, but for a
    /// refusal where the store has something fresh: that is newer.
    fill_action on_stored(fill_answer answer, redis_time now);

    /// With wait: how long the lease can still be held by somebody else, or until the next look.
    milliseconds retry_in() const noexcept { return retry_in_; }

    /// With wait: nobody will tell when the lease ends. To look at other moments than the others
    /// who wait is the driver's business.
    bool polls() const noexcept { return !told_; }

    /// With fill and fail: the entry to store.
    const entry& result_entry() const noexcept { return outcome_.found; }

    /// What can be served while the load runs: the entry that was found. May hold nothing.
    const entry& found() const noexcept { return found_; }

    /// The entry has changed since it was found: nobody may be served it. The next answer tells
    /// what there is.
    void forget_found() noexcept { found_ = {}; }

    /// The entry is being looked at: what it means for those who wait is not known yet.
    bool reading() const noexcept { return state_ == state::reading; }

    /// The load is this flight's, and its result will be fenced by a lease.
    bool leased() const noexcept { return leased_; }

    /// The load is under way, or its result is on its way to the store.
    bool loading() const noexcept { return state_ == state::loading || state_ == state::storing; }

    /// The outcome is that of a load of this flight.
    bool loaded() const noexcept { return loaded_; }

    /// The store was asked to tell of the lease's end.
    bool watched() const noexcept { return watched_; }

    /// With finish.
    const fill_outcome& outcome() const noexcept { return outcome_; }

  private:
    enum class state : std::uint8_t {
        idle,       ///< not started
        reading,    ///< asked for the entry
        acquiring,  ///< asked for the lease
        watching,   ///< asked to be told when the holder is done
        waiting,    ///< somebody else has the lease
        loading,    ///< we have the lease, or need none
        storing,    ///< the load has ended; its result is on its way to the store
        finished,
    };

    fill_action look() noexcept;
    fill_action take() noexcept;
    fill_action load_alone() noexcept;
    fill_action finish(fill_outcome::kind what, entry found) noexcept;
    void take_value(load_result result, redis_time now, milliseconds load_time, double chance);
    void take_failure(load_result result, redis_time now, double chance);

    const route_policy* policy_;
    state state_ = state::idle;
    bool leased_ = false;
    bool loaded_ = false;
    bool overtaken_ = false;  ///< the entry changed while the lease was on its way
    bool watched_ = false;    ///< the store was asked to tell
    bool told_ = false;       ///< and will
    bool woken_ = false;      ///< a wake-up came while an answer was on its way
    milliseconds retry_in_{};
    entry found_;
    fill_outcome outcome_;
};

}  // namespace herdgate
