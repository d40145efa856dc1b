// SPDX-License-Identifier: Apache-2.0
//
// flights, continued: what the store answers.
#include <utility>

#include "flight.hpp"
#include "herdgate/core/base/assert.hpp"

namespace herdgate {
namespace {

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

void flights::on_read(flight_id id, read_answer answer, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    HERDGATE_ASSERT(f != nullptr);
    const bool away = answer.status == store_status::away;
    if (away) answer.e = parts_.host.remembered(f->key());
    if (answer.status == store_status::ok && f->attached)
        parts_.host.learned(f->key(), *f->r, answer.e, true);
    const fill_action next = f->machine.on_read(std::move(answer), now.store);
    count_looked(*f, next, away);
    if (next != fill_action::finish) {
        if (!needs_leader(*f, next)) serve_stale(*f);
        if (away && servable(f->machine.found())) serve_found(*f);
    }
    drive(*f, next);
}

void flights::on_acquired(flight_id id, acquire_answer answer, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    HERDGATE_ASSERT(f != nullptr);
    count_acquired(metrics_of(*f->r), answer.status);
    f->began = now.store;
    const bool learned =
        answer.status == acquire_status::fresh || answer.status == acquire_status::backoff;
    const fill_action next = f->machine.on_acquired(std::move(answer));
    if (next == fill_action::finish) {
        if (learned && f->attached)
            parts_.host.learned(f->key(), *f->r, f->machine.outcome().found, true);
    } else if (!needs_leader(*f, next)) {
        serve_stale(*f);
    }
    drive(*f, next);
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
    if (f->place == flight::place_state::watching) {
        f->place_told = will_be_told;
        return ask_for_place(*f);
    }
    drive(*f, f->machine.on_watching(will_be_told));
}

void flights::on_wake(flight_id id, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    if (f == nullptr) return;
    if (f->place != flight::place_state::none) return on_place_wake(*f);
    if (!f->machine.on_wake()) return;
    f->look_again_at = steady_time::max();
    drive(*f, fill_action::read);
}

}  // namespace herdgate
