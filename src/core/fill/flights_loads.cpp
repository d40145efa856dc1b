// SPDX-License-Identifier: Apache-2.0
//
// flights, continued: the load itself: its turn in this process, its place in the fleet, its end.
#include <algorithm>
#include <utility>

#include "flight.hpp"
#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/json_pointer.hpp"
#include "herdgate/core/cache/entry_notes.hpp"
#include "herdgate/core/resp/error_replies.hpp"

namespace herdgate {
namespace {

/// Where the store does not tell when a place is free: how often to look.
constexpr milliseconds look_every{50};

}  // namespace

void flights::ask_for_load(flight& f) {
    metrics_of(*f.r).loads_started.add();
    if (batch_of(*f.r) != nullptr) return start_load(f);  // the call it goes with waits for a turn
    f.turn_deadline = now_.steady + f.r->policy.limit.queue_timeout;
    if (parts_.breakers[f.r->index]->refuses(now_.steady)) return break_off(f);
    switch (parts_.limiters[f.r->index]->admit({parts_.worker, f.id})) {
        case load_limiter::admission::start:
            return take_place(f);
        case load_limiter::admission::queued:
            f.queued = true;
            return schedule(f);
        case load_limiter::admission::full:
            return end_load(
                f, {load_outcome::rejected, {}, "too many loads are waiting for their turn"});
    }
}

/// A turn of this process has come; next is a place among the fleet's loads, if those are limited.
/// In this order: a place is never kept by a load that waits for something else.
void flights::take_place(flight& f) {
    if (!f.r->policy.limit.fleet) return start_load(f);
    if (f.turn_deadline == steady_time::max())  // the turn came in the nick of time
        f.turn_deadline = now_.steady + f.r->policy.limit.queue_timeout;
    metrics_of(*f.r).places_waiting.add(1);
    schedule(f);
    ask_for_place(f);
}

void flights::ask_for_place(flight& f) {
    f.place = flight::place_state::asking;
    f.place_woken = false;
    store_->enter(f.id, places_of(f), f.token, lease_of(f), now_);
}

fleet_places flights::places_of(const flight& f) noexcept {
    return {f.r->name, f.r->policy.limit.fleet.value_or(0)};
}

void flights::on_entered(flight_id id, place_answer answer, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    if (f == nullptr || f->place != flight::place_state::asking) return;  // waited too long
    if (answer.status != place_status::queued) {
        const bool held = answer.status == place_status::entered;
        route_metrics& count = metrics_of(*f->r);
        count.places_waiting.add(-1);
        (held ? count.places_entered : count.places_unlimited).add();
        if (held) count.places_held.add(1);
        f->place = held ? flight::place_state::held : flight::place_state::none;
        unwatch_place(*f);
        return start_load(*f);
    }
    if (!std::exchange(f->place_watched, true)) {
        f->place = flight::place_state::watching;
        return store_->watch_place(id, places_of(*f), f->token, now);
    }
    if (f->place_woken) return ask_for_place(*f);
    f->place = flight::place_state::waiting;
    milliseconds look_in = std::min(answer.look_in, lease_of(*f) / 3);
    if (!f->place_told) look_in = std::min(look_in, look_every);
    f->look_again_at = now.steady + std::max(look_in, milliseconds{1});
    schedule(*f);
}

/// The turn may have come, or somebody's place has become free.
void flights::on_place_wake(flight& f) {
    if (f.place != flight::place_state::waiting) {
        f.place_woken = true;
        return;
    }
    f.look_again_at = steady_time::max();
    ask_for_place(f);
}

void flights::unwatch_place(flight& f) {
    if (std::exchange(f.place_watched, false)) store_->unwatch_place(f.id, places_of(f), f.token);
}

/// Gives the place back, or leaves the queue for it.
void flights::leave_place(flight& f) {
    if (f.place == flight::place_state::none) return;
    const bool held = f.place == flight::place_state::held;
    route_metrics& count = metrics_of(*f.r);
    (held ? count.places_held : count.places_waiting).add(-1);
    f.place = flight::place_state::none;
    f.look_again_at = steady_time::max();
    unwatch_place(f);
    store_->leave(places_of(f), f.token, now_);
}

/// The wait for its turn, or for its place, has been too long.
void flights::give_up_turn(flight& f) {
    f.turn_deadline = steady_time::max();
    if (f.queued) {
        // Not in the queue any more: its turn is on its way.
        if (!parts_.limiters[f.r->index]->withdraw({parts_.worker, f.id})) return;
        f.queued = false;
    } else {
        metrics_of(*f.r).places_timed_out.add();
        leave_place(f);
        next_turn(*f.r);
    }
    end_load(f, {load_outcome::rejected, {}, "waited too long for its turn to load"});
}

void flights::break_off(flight& f) {
    f.turn_deadline = steady_time::max();
    metrics_of(*f.r).breaker_refused.add();
    end_load(f, {load_outcome::rejected, {}, "too many loads have failed: the breaker is open"});
}

void flights::start_load(flight& f) {
    f.turn_deadline = steady_time::max();
    if (!parts_.breakers[f.r->index]->admit(now_.steady)) {
        leave_place(f);
        if (batch_of(*f.r) == nullptr) next_turn(*f.r);
        return break_off(f);
    }
    if (auto* call = std::get_if<http_call>(&f.call); call != nullptr && f.machine.leased())
        call->known = validators_in(f.machine.found().notes.view());
    f.reached_origin = true;
    f.load_started = now_.steady;
    if (f.place == flight::place_state::held && parts_.lease > milliseconds{0})
        f.renew_at = std::min(f.renew_at, now_.steady + parts_.lease / 3);
    schedule(f);
    if (auto* part = std::get_if<batch_call>(&f.call)) part->asked = now_.steady;
    parts_.loads.start(f.id, std::move(f.call));
}

void flights::on_turn(flight_id id, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    HERDGATE_ASSERT(f != nullptr && f->queued);  // it leaves by withdraw() or by its turn
    f->queued = false;
    const bool local = parts_.lease == milliseconds{0};
    if (local && f->machine.leased()) store_->renew(id, f->key(), f->token, lease_of(*f), now);
    if (!f->lease_lost && !outdated(*f)) return take_place(*f);
    // Its result would not count: somebody else may be loading, or have loaded, what it is to load.
    f->lease_lost = false;
    f->turn_deadline = steady_time::max();
    metrics_of(*f->r).loads[static_cast<std::size_t>(load_outcome::rejected)].add();
    next_turn(*f->r);
    drive(*f, f->machine.look_again());
}

/// A value that is no JSON object is a failed load.
void flights::require_object(load_result& result) {
    if (result.outcome != load_outcome::ok) return;
    const std::string_view text = result.value.view();
    if (json::is_json(text) && json::kind_of(text) == json::kind::object) return;
    result = load_result{};
    result.reason = "the value is no JSON object, and the route is 'as: hash'";
}

void flights::on_loaded(load_id id, load_result result, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    HERDGATE_ASSERT(f != nullptr && f->reached_origin);
    f->reached_origin = result.outcome != load_outcome::rejected;
    if (f->reached_origin) metrics_of(*f->r).load_duration.observe(now.steady - f->load_started);
    breaker& guard = *parts_.breakers[f->r->index];
    if (f->reached_origin)
        guard.ended(
            result.outcome != load_outcome::error && result.outcome != load_outcome::timeout,
            now.steady);
    else
        guard.abandoned();
    if (!result.terms.storable) metrics_of(*f->r).loads_uncacheable.add();
    metrics_of(*f->r).load_retries.add(result.retries);
    metrics_of(*f->r).dropped_tags.add(result.terms.dropped_tags);
    leave_place(*f);
    if (batch_of(*f->r) == nullptr) next_turn(*f->r);
    if (f->r->as_hash) require_object(result);
    end_load(*f, std::move(result));
}

void flights::next_turn(const route& r) {
    if (const auto next = parts_.limiters[r.index]->finished()) parts_.host.pass_turn(*next);
}

/// A third of a lease has passed: what is held is held on to.
void flights::renew(flight& f) {
    f.renew_at = now_.steady + parts_.lease / 3;
    schedule(f);
    const bool held = f.place == flight::place_state::held;
    if (held) store_->keep_place(places_of(f), f.token, parts_.lease, now_);
    if (f.machine.leased() && !f.lease_lost)
        store_->renew(f.id, f.key(), f.token, parts_.lease, now_);
}

void flights::on_renewed(flight_id id, bool held, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    if (f == nullptr || held) return;
    f->lease_lost = true;
    metrics_of(*f->r).leases_lost.add();
    if (f->place != flight::place_state::held) f->renew_at = steady_time::max();
    detach(*f);
}

void flights::release_leases(const instant& now) {
    now_ = now;
    for (const auto& [id, f] : by_id_) {
        f->renew_at = steady_time::max();
        leave_place(*f);
        if (f->machine.leased() && f->machine.loading()) store_->release(f->key(), f->token, now);
    }
}

void flights::end_load(flight& f, load_result result) {
    f.renew_at = steady_time::max();
    metrics_of(*f.r).loads[static_cast<std::size_t>(result.outcome)].add();
    if (!result.reason.empty()) parts_.host.load_failed(*f.r, result.reason);
    const nanoseconds took = f.reached_origin ? now_.steady - f.load_started : nanoseconds{0};
    drive(f, f.machine.on_loaded(std::move(result), now_.store,
                                 std::chrono::duration_cast<milliseconds>(took), random_.unit()));
}

}  // namespace herdgate
