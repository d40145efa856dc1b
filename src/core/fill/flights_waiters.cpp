// SPDX-License-Identifier: Apache-2.0
//
// flights, continued: what readers get, and when.
#include <algorithm>
#include <utility>

#include "flight.hpp"
#include "herdgate/core/resp/error_replies.hpp"

namespace herdgate {
namespace {

read_result error_result(std::string text) {
    return {read_result::kind::error, {}, std::move(text)};
}

}  // namespace

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
    } else if (at_once(f.machine.found())) {
        count.store_hits_stale.add(n);
    } else {
        count.misses.add();
        count.coalesced.add(n - 1);
    }
}

/// Whether nobody has to wait for the load. (It is fresh where it is loaded before its end.)
bool flights::at_once(const entry& found) const noexcept {
    const freshness f = judge(found, now_.store);
    return f == freshness::stale_revalidate || f == freshness::fresh;
}

/// Those who wait get the value that is there, where it may be served while it is refreshed.
void flights::serve_stale(flight& f) {
    if (at_once(f.machine.found())) serve_found(f);
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
        case fill_outcome::kind::alone:
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

void flights::tell_callers(std::vector<waiter> callers, const fill_outcome& outcome) {
    const bool failed =
        outcome.what == fill_outcome::kind::failed || outcome.what == fill_outcome::kind::backoff;
    read_result result;
    if (failed)
        result = error_result(outcome.found.reason);
    else if (!outcome.shared)
        result = error_result("what was loaded could not be stored");
    parts_.host.deliver(std::move(callers), result);
}

/// Each needs a load of their own, but for one where there is a value that was loaded already.
void flights::release_each(std::vector<waiter> waiters, entry_key key, const route& r,
                           shared_bytes passing) {
    for (waiter& w : waiters) {
        std::vector<waiter> one;
        one.push_back(std::move(w));
        if (passing)
            parts_.host.deliver(std::move(one),
                                {read_result::kind::value, std::exchange(passing, {}), {}});
        else
            load_alone(key, r, std::move(one));
    }
}

/// Until when the first who waits does. With a stale value to fall back on, not as long.
steady_time flights::patience_of(const flight& f) const noexcept {
    const steady_time deadline = f.waiters[f.gone].deadline;
    const route_policy& policy = f.r->policy;
    if (!policy.soft_timeout || !servable(f.machine.found())) return deadline;
    return std::min(deadline, deadline - policy.wait.timeout + *policy.soft_timeout);
}

/// Sends away the waiters whose patience is over.
void flights::expire_waiters(flight& f) {
    std::vector<waiter> expired;
    while (f.waiting() > 0 && patience_of(f) <= now_.steady)
        expired.push_back(std::move(f.waiters[f.gone++]));
    if (expired.empty()) return;
    parts_.metrics.waiters.add(-static_cast<std::int64_t>(expired.size()));
    if (f.gone == f.waiters.size()) {
        f.waiters.clear();
        f.gone = 0;
    }
    metrics_of(*f.r).wait_timeouts.add(expired.size());
    if (const std::size_t n = std::exchange(f.uncounted, 0); n > 0) {
        metrics_of(*f.r).misses.add();
        metrics_of(*f.r).coalesced.add(n - 1);
    }
    expire(f, std::move(expired));
}

/// The route's ladder: a stale value, then nil, an error, or a load that waits for nobody.
void flights::expire(flight& f, std::vector<waiter> expired) {
    using wait_end = route_policy::wait_end;
    const auto& wait = f.r->policy.wait;
    route_metrics& count = metrics_of(*f.r);
    read_result result;
    if (servable(f.machine.found())) {
        result = {read_result::kind::value, f.machine.found().value, {}};
        count.stale_on_error.add(expired.size());
    } else if (wait.then == wait_end::load && !f.alone) {
        for (waiter& w : expired) w.deadline = now_.steady + lease_of(f);
        return load_alone(f.key(), *f.r, std::move(expired));
    } else if (wait.then != wait_end::nil) {
        result = error_result(resp::errors::wait_timed_out(f.r->name, wait.timeout.count()));
        count.errors.add(expired.size());
    }
    parts_.host.deliver(std::move(expired), result);
}

}  // namespace herdgate
