// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/flights.hpp"

#include <algorithm>
#include <utility>

#include "flight.hpp"
#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/command/render.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/resp/error_replies.hpp"

namespace herdgate {
namespace {

/// What a lease lasts beyond the longest load: time for the fill itself.
constexpr milliseconds lease_slack{5000};

milliseconds longest_load(const route& r) {
    if (const auto* http = std::get_if<http_load>(&r.load)) return http->timeout;
    if (const auto* client = std::get_if<client_load>(&r.load)) return client->lease;
    const auto& command = std::get<command_load>(r.load);
    return command.timeout + command.kill_after;
}

read_result error_result(std::string text) {
    return {read_result::kind::error, {}, std::move(text)};
}

}  // namespace

flights::flights(const parts& p) : parts_(p), random_(p.seed), attached_(0, name_hash{p.seed}) {}

flights::~flights() = default;

void flights::join(entry_key key, const route& r, std::optional<lease_token> lease, waiter who,
                   const instant& now) {
    now_ = now;
    route_metrics& count = metrics_of(r);
    flight* f = find(key, lease);
    const bool opened = f == nullptr;
    std::string refusal;
    if (opened) {
        f = open(key, r, refusal);
        if (f == nullptr) refusal = resp::errors::key_refused(r.name, refusal);
    } else if (f->waiting() >= r.policy.wait.waiters) {
        refusal = resp::errors::too_many_waiters(r.name);
    }
    if (!refusal.empty()) {
        count.refused.add();
        count.errors.add();
        std::vector<waiter> refused;
        refused.push_back(std::move(who));
        return parts_.host.deliver(std::move(refused), error_result(std::move(refusal)));
    }
    who.deadline = now.steady + r.policy.wait.timeout;
    f->waiters.push_back(std::move(who));
    parts_.metrics.waiters.add(1);
    const bool with_read = opened && parts_.lease > milliseconds{0};
    if (with_read || f->machine.reading())
        ++f->uncounted;
    else if (at_once(f->machine.found()))
        count.hits_stale.add();
    else
        (opened ? count.misses : count.coalesced).add();
    schedule(*f);  // before anything else: the store's answer may take longer than the waiter has
    if (opened) return begin(*f, with_read);
    serve_stale(*f);
}

void flights::begin(flight& f, bool with_read) {
    drive(f, with_read ? f.machine.start_with_read() : f.machine.start_with_acquire());
}

void flights::refresh(entry_key key, const route& r, std::optional<lease_token> lease,
                      const instant& now, waiter caller, redis_time early) {
    now_ = now;
    flight* f = find(key, lease);
    const bool opened = f == nullptr;
    std::string refusal;
    if (opened) f = open(key, r, refusal);
    if (caller.who != nullptr) {
        std::vector<waiter> callers;
        callers.push_back(std::move(caller));
        if (f == nullptr) return parts_.host.deliver(std::move(callers), error_result(refusal));
        f->callers.push_back(std::move(callers.front()));
    }
    if (!opened || f == nullptr) return;
    f->early = early;
    metrics_of(r).refreshes.add();
    if (early != redis_time{}) metrics_of(r).refreshes_early.add();
    begin(*f, false);
}

/// Whether what the flight loads, or could serve, was invalidated together with others.
bool flights::outdated(const flight& f) const {
    const entry& found = f.machine.found();
    const route_floor floor = parts_.host.floor_of(f.key().key, found.notes.view());
    if (floor.stale == redis_time{}) return false;
    if (f.machine.loading()) return f.began <= floor.stale;
    const entry_meta& meta = found.meta;
    return found.value && (meta.began <= floor.gone ||
                           (meta.began <= floor.stale && meta.fresh_until > floor.stale));
}

/// The attached flight of a key, if it still holds the lease that was seen.
flights::flight* flights::find(entry_key key, std::optional<lease_token> lease) {
    const auto found = attached_.find(name_of(key));
    if (found == attached_.end()) return nullptr;
    flight* f = found->second;
    const flight_id known = f->id;
    if (outdated(*f)) changed(*f, now_);
    f = by_id(known);
    if (f == nullptr || !f->attached) return nullptr;
    if (!lease || f->token == *lease) return f;
    if (!f->machine.leased()) {
        f->machine.forget_found();  // the reader has seen the entry later than the flight
        return f;
    }
    if (!f->led) {
        detach(*f);
        return nullptr;
    }
    const flight_id id = f->id;  // it ends here, if what was written is a value
    end_lead(*f, load_outcome::ok);
    return by_id(id);
}

flights::flight* flights::open(entry_key key, const route& r, std::string& refusal) {
    auto made = make(key, r, refusal);
    if (made == nullptr) return nullptr;
    flight* f = made.get();
    by_id_.emplace(f->id, std::move(made));
    attached_.emplace(f->name, f);
    return f;
}

std::unique_ptr<flights::flight> flights::make(entry_key key, const route& r,
                                               std::string& refusal) {
    captures found;
    HERDGATE_ASSERT(r.match.match(key.key, found));
    boost::system::result<load_call, key_refusal> call = render(r, key.key, found);
    if (!call) {
        refusal = std::move(call).error().reason;
        return nullptr;
    }
    lease_token token = random_.next();
    if (token == 0) token = 1;
    const flight_id id = ++last_id_;
    auto made = std::make_unique<flight>(flight{.id = id,
                                                .name = name_of(key),
                                                .r = &r,
                                                .token = token,
                                                .machine = fill_machine{r.policy},
                                                .call = *std::move(call),
                                                .waiters = {},
                                                .callers = {}});
    parts_.metrics.flights.add(1);
    return made;
}

/// A load for these readers only: nobody joins it, and nothing is stored.
void flights::load_alone(entry_key key, const route& r, std::vector<waiter> waiters) {
    std::string refusal;
    auto made = make(key, r, refusal);
    if (made == nullptr) return parts_.host.deliver(std::move(waiters), error_result(refusal));
    flight& f = *made;
    by_id_.emplace(f.id, std::move(made));
    f.attached = false;
    f.alone = true;
    parts_.metrics.waiters.add(static_cast<std::int64_t>(waiters.size()));
    f.waiters = std::move(waiters);
    schedule(f);
    drive(f, f.machine.start_alone());
}

void flights::detach(flight& f) {
    if (!f.attached) return;
    f.attached = false;
    attached_.erase(f.name);
    metrics_of(*f.r).detached.add();
}

void flights::detach(entry_key key) {
    const auto found = attached_.find(name_of(key));
    if (found != attached_.end() && !found->second->led) detach(*found->second);
}

void flights::changed(entry_key key, const instant& now) {
    const auto found = attached_.find(name_of(key));
    if (found != attached_.end()) changed(*found->second, now);
}

void flights::changed(flight& f, const instant& now) {
    if (f.led) return end_lead(f, load_outcome::ok);
    if (f.machine.reading() || f.machine.loading()) {
        // In a shared store whoever has made the change has ended the lease.
        if (parts_.lease == milliseconds{0}) store_->release(f.key(), f.token, now);
        return detach(f);
    }
    f.machine.forget_found();
    on_wake(f.id, now);
}

void flights::all_changed(const instant& now) {
    std::vector<flight*> all;
    for (const auto& [name, f] : attached_) all.push_back(f);
    for (flight* f : all) changed(*f, now);
}

void flights::close(flight& f) {
    if (f.attached) attached_.erase(f.name);
    if (f.machine.watched()) store_->unwatch(f.id, f.key());
    parts_.metrics.flights.add(-1);
    by_id_.erase(f.id);
}

milliseconds flights::lease_of(const flight& f) const noexcept {
    if (const auto* client = std::get_if<client_load>(&f.r->load)) return client->lease;
    if (parts_.lease > milliseconds{0}) return parts_.lease;
    return f.r->policy.limit.queue_timeout + longest_load(*f.r) + lease_slack;
}

/// Those who are not told look from time to time, each at another moment.
nanoseconds flights::wait_of(const flight& f) {
    const nanoseconds whole = f.machine.retry_in();
    if (!f.machine.polls()) return whole;
    const double share = (1 + random_.unit()) / 2;
    return nanoseconds{static_cast<std::int64_t>(static_cast<double>(whole.count()) * share)};
}

/// Whether one of those who wait may be the one who loads: none is sent away with a stale value
/// yet.
bool flights::needs_leader(const flight& f, fill_action next) noexcept {
    return std::holds_alternative<client_call>(f.call) &&
           (next == fill_action::acquire || next == fill_action::load);
}

/// Carries out what the machine wants. The store may answer from inside its call: nothing may
/// follow such a call here.
void flights::drive(flight& f, fill_action action) {
    const entry_key key = f.key();
    switch (action) {
        case fill_action::read:
            return store_->read(f.id, key, now_);
        case fill_action::acquire:
            return store_->acquire(
                f.id, key, {f.token, lease_of(f), f.early, f.machine.found().notes.view()}, now_);
        case fill_action::watch:
            if (!f.wanted()) return close(f);  // whoever has the lease refreshes it
            return store_->watch(f.id, key, now_);
        case fill_action::wait:
            if (!f.wanted()) return close(f);
            f.look_again_at = now_.steady + wait_of(f);
            return schedule(f);
        case fill_action::load:
            if (std::holds_alternative<client_call>(f.call)) return lead(f);
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

void flights::finish(flight& f) {
    const read_result result = result_of(f);
    std::vector<waiter> waiters = take_waiters(f);
    const auto what = f.machine.outcome().what;
    const bool failed = what == fill_outcome::kind::failed || what == fill_outcome::kind::backoff;
    if (failed && result.what == read_result::kind::value)
        metrics_of(*f.r).stale_on_error.add(waiters.size());
    if (result.what == read_result::kind::error) metrics_of(*f.r).errors.add(waiters.size());
    const fill_outcome& outcome = f.machine.outcome();
    if (f.attached && f.machine.loaded())
        parts_.host.learned(f.key(), *f.r, outcome.found, outcome.shared);
    std::vector<waiter> callers = std::exchange(f.callers, {});
    const fill_outcome ended = callers.empty() ? fill_outcome{} : outcome;
    const shared_bytes passing = outcome.passing;
    const route& r = *f.r;
    const std::string name = what == fill_outcome::kind::alone ? f.name : std::string{};
    close(f);
    if (what == fill_outcome::kind::alone)
        release_each(std::move(waiters), key_in(name), r, passing);
    else if (!waiters.empty())
        parts_.host.deliver(std::move(waiters), result);
    if (!callers.empty()) tell_callers(std::move(callers), ended);
}

/// Sets an alarm for the flight's next deadline. One alarm per flight is enough: when it goes off,
/// the next is set.
void flights::schedule(flight& f) {
    steady_time next = std::min({f.turn_deadline, f.look_again_at, f.renew_at, f.lead_until});
    if (f.waiting() > 0) next = std::min(next, patience_of(f));
    if (next >= f.alarm) return;
    f.alarm = next;
    alarms_.emplace(next, f.id);
}

std::optional<steady_time> flights::next_deadline() const noexcept {
    if (alarms_.empty()) return std::nullopt;
    return alarms_.top().first;
}

void flights::on_deadline(const instant& now) {
    now_ = now;
    while (!alarms_.empty() && alarms_.top().first <= now.steady) {
        const flight_id id = alarms_.top().second;
        alarms_.pop();
        flight* f = by_id(id);
        if (f == nullptr) continue;
        f->alarm = steady_time::max();
        expire_waiters(*f);
        if (f->turn_deadline <= now.steady) {
            give_up_turn(*f);
            f = by_id(id);
            if (f == nullptr) continue;
        }
        if (f->lead_until <= now.steady) {
            end_lead(*f, load_outcome::timeout);
            continue;
        }
        if (f->look_again_at <= now.steady) {
            f->look_again_at = steady_time::max();
            schedule(*f);
            if (f->place == flight::place_state::waiting)
                ask_for_place(*f);
            else
                drive(*f, f->machine.on_wait_over());
            continue;
        }
        if (f->renew_at <= now.steady) {
            renew(*f);
            continue;
        }
        schedule(*f);
    }
}

flights::flight* flights::by_id(flight_id id) const noexcept {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second.get();
}

route_metrics& flights::metrics_of(const route& r) const noexcept {
    return parts_.metrics.routes[r.index];
}

}  // namespace herdgate
