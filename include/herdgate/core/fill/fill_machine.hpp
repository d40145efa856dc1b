// SPDX-License-Identifier: Apache-2.0
//
// fill_machine: the life of one flight's load, as a machine: an event goes in, the next action
// comes out. It does nothing itself and knows no store, loader or clock.
//
//   start ─ acquire ─► granted ─ load ─► ok, absent ─ fill ─► stored or refused ─► finished
//              │ ▲                  └──► failed ──── fail ──► recorded ──────────► finished
//              │ └─ look again ─ held
//              └──► fresh, backoff ──────────────────────────────────────────────► finished
//
// Bounded: each state is left by exactly one event; `held` ends by the waiters' own time-outs.
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
    acquire,     ///< store.acquire
    look_again,  ///< store.acquire, when the lease's holder is done or retry_in() has passed
    load,        ///< loader.start
    fill,        ///< store.fill with result_entry()
    fail,        ///< store.fail with result_entry()
    finish,      ///< tell the waiters outcome()
};

/// What the flight means for those who wait.
struct fill_outcome {
    enum class kind : std::uint8_t {
        value,   ///< `found.value`
        nil,     ///< the key does not exist
        failed,  ///< the load failed just now: `found` is what there was before, `found.reason` why
        backoff,  ///< not loaded, because of an earlier failure: likewise
    };
    kind what = kind::failed;
    entry found;
};

class fill_machine {
  public:
    explicit fill_machine(const route_policy& policy) noexcept : policy_(&policy) {}

    fill_action start() noexcept;
    fill_action on_acquired(acquire_answer answer);
    fill_action on_look_again() noexcept;

    /// `load_time`: how long the load took; `chance`: uniform in [0, 1), spreads the retries of
    /// different keys.
    fill_action on_loaded(load_result result, redis_time now, milliseconds load_time,
                          double chance);

    /// The store has taken the result, or refused it: those who wait get it either way.
    fill_action on_stored() noexcept;

    /// With look_again: how long the lease can still be held by somebody else.
    milliseconds retry_in() const noexcept { return retry_in_; }

    /// With fill and fail: the entry to store.
    const entry& result_entry() const noexcept { return outcome_.found; }

    /// What can be served while the load runs: the entry that acquire found. May hold nothing.
    const entry& found() const noexcept { return found_; }

    /// With finish.
    const fill_outcome& outcome() const noexcept { return outcome_; }

  private:
    enum class state : std::uint8_t {
        idle,       ///< not started
        acquiring,  ///< asked for the lease
        waiting,    ///< somebody else has the lease
        loading,    ///< we have the lease
        storing,    ///< the load has ended; its result is on its way to the store
        finished,
    };

    const route_policy* policy_;
    state state_ = state::idle;
    milliseconds retry_in_{};
    entry found_;
    fill_outcome outcome_;
};

}  // namespace herdgate
