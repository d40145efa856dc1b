// SPDX-License-Identifier: Apache-2.0
//
// flights, continued: what the machines want is done, what the store and the loaders answer is told
// to them.
#include <algorithm>
#include <utility>

#include "flight.hpp"
#include "herdgate/core/base/assert.hpp"

namespace herdgate {
namespace {

/// What a lease lasts beyond the longest load: time for the fill itself.
constexpr milliseconds lease_slack{5000};

milliseconds longest_load(const route& r) {
    if (const auto* http = std::get_if<http_load>(&r.load)) return http->timeout;
    const auto& command = std::get<command_load>(r.load);
    return command.timeout + command.kill_after;
}

void count_acquired(route_metrics& count, acquire_status status) {
    switch (status) {
        case acquire_status::granted:
            return count.leases_granted.add();
        case acquire_status::held:
            return count.leases_held.add();
        case acquire_status::foreign:
        case acquire_status::away:
            return count.leases_unavailable.add();
        case acquire_status::fresh:
        case acquire_status::backoff:
            return;
    }
}

}  // namespace

void flights::changed(flight& f, const instant& now) {
    if (f.machine.reading() || f.machine.loading()) return detach(f);
    f.machine.forget_found();
    on_wake(f.id, now);
}

void flights::all_changed(const instant& now) {
    std::vector<flight*> all;
    for (const auto& [name, f] : attached_) all.push_back(f);
    for (flight* f : all) changed(*f, now);
}

void flights::release_leases(const instant& now) {
    for (const auto& [id, f] : by_id_)
        if (f->machine.leased() && f->machine.loading()) store_->release(f->key(), f->token, now);
}

milliseconds flights::lease_of(const flight& f) const noexcept {
    if (parts_.lease > milliseconds{0}) return parts_.lease;
    return f.r->policy.limit.queue_timeout + longest_load(*f.r) + lease_slack;
}

/// Carries out what the machine wants. The store may answer from inside its call: nothing may
/// follow such a call here.
void flights::drive(flight& f, fill_action action) {
    const entry_key key = f.key();
    switch (action) {
        case fill_action::read:
            return store_->read(f.id, key, now_);
        case fill_action::acquire:
            return store_->acquire(f.id, key, f.token, lease_of(f), now_);
        case fill_action::watch:
            if (f.waiting() == 0) return close(f);  // whoever has the lease refreshes it
            return store_->watch(f.id, key, now_);
        case fill_action::wait:
            if (f.waiting() == 0) return close(f);
            f.look_again_at = now_.steady + f.machine.retry_in();
            return schedule(f);
        case fill_action::load:
            if (f.machine.leased() && parts_.lease > milliseconds{0})
                f.renew_at = now_.steady + parts_.lease / 3;
            return ask_for_load(f);
        case fill_action::fill:
            return store_->fill(f.id, key, f.token, f.machine.result_entry(), now_);
        case fill_action::fail:
            return store_->fail(f.id, key, f.token, f.machine.result_entry(), now_);
        case fill_action::finish:
            return finish(f);
    }
}

/// The readers that waited for the look at the entry are counted by what it showed.
void flights::count_looked(flight& f, fill_action next, bool away) {
    const std::size_t n = std::exchange(f.uncounted, 0);
    if (n == 0) return;
    route_metrics& count = metrics_of(*f.r);
    if (next == fill_action::finish) {
        const auto what = f.machine.outcome().what;
        if (what == fill_outcome::kind::value)
            (away ? count.hits_fresh : count.store_hits_fresh).add(n);
        if (what == fill_outcome::kind::nil) count.negative_hits.add(n);
        if (what == fill_outcome::kind::backoff) count.backoff.add(n);
    } else if (away && servable(f.machine.found())) {
        count.hits_stale.add(n);
    } else if (may_revalidate(f.machine.found())) {
        count.store_hits_stale.add(n);
    } else {
        count.misses.add();
        count.coalesced.add(n - 1);
    }
}

void flights::on_read(flight_id id, read_answer answer, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    HERDGATE_ASSERT(f != nullptr);
    const bool away = answer.status == store_status::away;
    if (away) answer.e = parts_.host.remembered(f->key());
    if (answer.status == store_status::ok && f->attached)
        parts_.host.learned(f->key(), answer.e, true);
    const fill_action next = f->machine.on_read(std::move(answer), now.store);
    count_looked(*f, next, away);
    if (next != fill_action::finish) {
        serve_stale(*f);
        if (away && servable(f->machine.found())) serve_found(*f);
    }
    drive(*f, next);
}

void flights::on_acquired(flight_id id, acquire_answer answer, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    HERDGATE_ASSERT(f != nullptr);
    count_acquired(metrics_of(*f->r), answer.status);
    const bool learned =
        answer.status == acquire_status::fresh || answer.status == acquire_status::backoff;
    const fill_action next = f->machine.on_acquired(std::move(answer));
    if (next == fill_action::finish) {
        if (learned && f->attached) parts_.host.learned(f->key(), f->machine.outcome().found, true);
    } else {
        serve_stale(*f);
    }
    drive(*f, next);
}

void flights::on_renewed(flight_id id, bool held, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    if (f == nullptr || held) return;
    f->renew_at = steady_time::max();
    metrics_of(*f->r).leases_lost.add();
    detach(*f);
}

void flights::on_stored(flight_id id, fill_answer answer, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    HERDGATE_ASSERT(f != nullptr);
    route_metrics& count = metrics_of(*f->r);
    switch (answer.status) {
        case fill_status::stored:
            count.fills_stored.add();
            break;
        case fill_status::refused:
            count.fills_refused.add();
            break;
        case fill_status::too_large:
        case fill_status::foreign:
        case fill_status::away:
            count.fills_unstored.add();
            break;
    }
    const fill_action next = f->machine.on_stored(std::move(answer), now.store);
    drive(*f, next);
}

void flights::on_watching(flight_id id, bool will_be_told, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    HERDGATE_ASSERT(f != nullptr);
    drive(*f, f->machine.on_watching(will_be_told));
}

void flights::on_wake(flight_id id, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    if (f == nullptr || !f->machine.on_wake()) return;
    f->look_again_at = steady_time::max();
    drive(*f, fill_action::read);
}

void flights::ask_for_load(flight& f) {
    metrics_of(*f.r).loads_started.add();
    switch (parts_.limiters[f.r->index]->admit({parts_.worker, f.id})) {
        case load_limiter::admission::start:
            return start_load(f);
        case load_limiter::admission::queued:
            f.queued = true;
            f.turn_deadline = now_.steady + f.r->policy.limit.queue_timeout;
            return schedule(f);
        case load_limiter::admission::full:
            return end_load(
                f, {load_outcome::rejected, {}, "too many loads are waiting for their turn"});
    }
}

void flights::start_load(flight& f) {
    f.queued = false;
    f.turn_deadline = steady_time::max();
    f.reached_origin = true;
    f.load_started = now_.steady;
    schedule(f);
    parts_.loads.start(f.id, std::move(f.call));
}

void flights::on_turn(flight_id id, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    if (f != nullptr && f->queued) return start_load(*f);
    HERDGATE_ASSERT(false);  // a queued flight leaves by withdraw() or by its turn, never by both
}

void flights::on_loaded(load_id id, load_result result, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    HERDGATE_ASSERT(f != nullptr && f->reached_origin);
    metrics_of(*f->r).load_duration.observe(now.steady - f->load_started);
    next_turn(*f->r);
    end_load(*f, std::move(result));
}

void flights::next_turn(const route& r) {
    if (const auto next = parts_.limiters[r.index]->finished()) parts_.host.pass_turn(*next);
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
