// SPDX-License-Identifier: Apache-2.0
//
// flights: the table, and those who wait. What a flight does meanwhile is in flights_fill.cpp.
#include "herdgate/core/fill/flights.hpp"

#include <algorithm>
#include <utility>

#include "flight.hpp"
#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/command/render.hpp"
#include "herdgate/core/resp/error_replies.hpp"

namespace herdgate {
namespace {

std::string name_of(entry_key key) {
    std::string name;
    name.reserve(2 + key.key.size());
    name += static_cast<char>(key.database & 0xff);
    name += static_cast<char>(key.database >> 8);
    name += key.key;
    return name;
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
    else if (may_revalidate(f->machine.found()))
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
                      const instant& now) {
    now_ = now;
    if (find(key, lease) != nullptr) return;
    std::string refusal;
    flight* f = open(key, r, refusal);
    if (f == nullptr) return;
    metrics_of(r).refreshes.add();
    begin(*f, false);
}

/// The attached flight of a key, if it still holds the lease that was seen.
flights::flight* flights::find(entry_key key, std::optional<lease_token> lease) {
    const auto found = attached_.find(name_of(key));
    if (found == attached_.end()) return nullptr;
    flight* f = found->second;
    if (!lease || !f->machine.leased() || f->token == *lease) return f;
    detach(*f);
    return nullptr;
}

flights::flight* flights::open(entry_key key, const route& r, std::string& refusal) {
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
                                                .waiters = {}});
    flight* f = made.get();
    by_id_.emplace(id, std::move(made));
    attached_.emplace(f->name, f);
    parts_.metrics.flights.add(1);
    return f;
}

void flights::detach(flight& f) {
    if (!f.attached) return;
    f.attached = false;
    attached_.erase(f.name);
    metrics_of(*f.r).detached.add();
}

void flights::detach(entry_key key) {
    const auto found = attached_.find(name_of(key));
    if (found != attached_.end()) detach(*found->second);
}

void flights::changed(entry_key key, const instant& now) {
    const auto found = attached_.find(name_of(key));
    if (found != attached_.end()) changed(*found->second, now);
}

void flights::close(flight& f) {
    if (f.attached) attached_.erase(f.name);
    if (f.machine.watched()) store_->unwatch(f.id, f.key());
    parts_.metrics.flights.add(-1);
    by_id_.erase(f.id);
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
        parts_.host.learned(f.key(), outcome.found, outcome.shared);
    close(f);
    if (!waiters.empty()) parts_.host.deliver(std::move(waiters), result);
}

bool flights::may_revalidate(const entry& found) const noexcept {
    return judge(found, now_.store) == freshness::stale_revalidate;
}

/// Those who wait get the value that is there, where it may be served while it is refreshed.
void flights::serve_stale(flight& f) {
    if (may_revalidate(f.machine.found())) serve_found(f);
}

void flights::serve_found(flight& f) {
    if (f.waiting() == 0) return;
    std::vector<waiter> waiters = take_waiters(f);
    parts_.host.deliver(std::move(waiters),
                        {read_result::kind::value, f.machine.found().value, {}});
}

std::vector<waiter> flights::take_waiters(flight& f) {
    std::vector<waiter> waiters = std::exchange(f.waiters, {});
    waiters.erase(waiters.begin(), waiters.begin() + static_cast<std::ptrdiff_t>(f.gone));
    f.gone = 0;
    parts_.metrics.waiters.add(-static_cast<std::int64_t>(waiters.size()));
    return waiters;
}

/// Whether an entry may still be served for want of better.
bool flights::servable(const entry& found) const noexcept {
    return found.value &&
           now_.store < std::max({found.meta.fresh_until, found.meta.revalidate_until,
                                  found.meta.error_until});
}

read_result flights::result_of(const flight& f) const {
    const fill_outcome& outcome = f.machine.outcome();
    const entry& found = outcome.found;
    switch (outcome.what) {
        case fill_outcome::kind::value:
            return {read_result::kind::value, found.value, {}};
        case fill_outcome::kind::nil:
            return {read_result::kind::nil, {}, {}};
        case fill_outcome::kind::failed:
        case fill_outcome::kind::backoff:
            break;
    }
    if (servable(found)) return {read_result::kind::value, found.value, {}};
    if (outcome.what == fill_outcome::kind::failed)
        return error_result(resp::errors::load_failed(f.r->name, found.reason));
    const auto retry_in = std::max<milliseconds>(found.meta.retry_at - now_.store, milliseconds{0});
    return error_result(resp::errors::backing_off(f.r->name, found.reason, retry_in.count()));
}

/// Sends away the waiters whose patience is over: the route's ladder (a stale value, then nil or an
/// error).
void flights::expire_waiters(flight& f) {
    std::vector<waiter> expired;
    while (f.gone < f.waiters.size() && f.waiters[f.gone].deadline <= now_.steady)
        expired.push_back(std::move(f.waiters[f.gone++]));
    if (expired.empty()) return;
    parts_.metrics.waiters.add(-static_cast<std::int64_t>(expired.size()));
    if (f.gone == f.waiters.size()) {
        f.waiters.clear();
        f.gone = 0;
    }
    route_metrics& count = metrics_of(*f.r);
    count.wait_timeouts.add(expired.size());
    if (const std::size_t n = std::exchange(f.uncounted, 0); n > 0) {
        count.misses.add();
        count.coalesced.add(n - 1);
    }
    read_result result;
    if (servable(f.machine.found())) {
        result = {read_result::kind::value, f.machine.found().value, {}};
        count.stale_on_error.add(expired.size());
    } else if (f.r->policy.wait.then == route_policy::wait_end::error) {
        result =
            error_result(resp::errors::wait_timed_out(f.r->name, f.r->policy.wait.timeout.count()));
        count.errors.add(expired.size());
    }
    parts_.host.deliver(std::move(expired), result);
}

/// Sets an alarm for the flight's next deadline. One alarm per flight is enough: when it goes off,
/// the next is set.
void flights::schedule(flight& f) {
    steady_time next = std::min({f.turn_deadline, f.look_again_at, f.renew_at});
    if (f.waiting() > 0) next = std::min(next, f.waiters[f.gone].deadline);
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
            f->turn_deadline = steady_time::max();
            if (parts_.limiters[f->r->index]->withdraw({parts_.worker, f->id})) {
                f->queued = false;
                end_load(*f, {load_outcome::rejected, {}, "waited too long for its turn to load"});
                continue;
            }
        }
        if (f->look_again_at <= now.steady) {
            f->look_again_at = steady_time::max();
            schedule(*f);
            drive(*f, f->machine.on_wait_over());
            continue;
        }
        if (f->renew_at <= now.steady) {
            f->renew_at = now.steady + parts_.lease / 3;
            schedule(*f);
            store_->renew(id, f->key(), f->token, parts_.lease, now);
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
