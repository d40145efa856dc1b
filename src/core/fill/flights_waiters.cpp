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
    } else if (may_revalidate(f.machine.found())) {
        count.store_hits_stale.add(n);
    } else {
        count.misses.add();
        count.coalesced.add(n - 1);
    }
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

}  // namespace herdgate
