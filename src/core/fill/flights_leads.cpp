// SPDX-License-Identifier: Apache-2.0
//
// flights, continued: loads that clients do themselves (`load: client`).
//
//   no value ─ lease ─► the first who waits is told nil, and leads ─┬─ writes the key ─► look again
//                        ▲                                          ├─ goes away ──────► look again
//                        └──── nothing there: the next one ◄────────┴─ takes too long ─► look again
#include <utility>

#include "flight.hpp"

namespace herdgate {

/// The lease is ours (or there is none to be had): the first who waits loads. Nobody waits: whoever
/// asks next does.
void flights::lead(flight& f) {
    f.renew_at = steady_time::max();
    if (f.waiting() == 0) {
        if (f.machine.leased()) store_->release(f.key(), f.token, now_);
        std::vector<waiter> callers = std::exchange(f.callers, {});
        close(f);
        if (callers.empty()) return;
        const std::string why = "clients load the keys of this route";
        return parts_.host.deliver(std::move(callers), {read_result::kind::error, {}, why});
    }
    metrics_of(*f.r).loads_started.add();
    f.led = true;
    f.load_started = now_.steady;
    f.lead_until = now_.steady + std::get<client_load>(f.r->load).lease;
    std::vector<waiter> leader;
    leader.push_back(std::move(f.waiters[f.gone++]));
    parts_.metrics.waiters.add(-1);
    schedule(f);
    read_result turn;
    turn.lead = load_lead{parts_.worker, f.id, ++f.round};
    const flight_id id = f.id;
    parts_.host.deliver(std::move(leader), turn);
    if (flight* still = by_id(id)) serve_stale(*still);
}

void flights::end_lead(flight& f, load_outcome outcome) {
    f.led = false;
    f.lead_until = steady_time::max();
    metrics_of(*f.r).loads[static_cast<std::size_t>(outcome)].add();
    metrics_of(*f.r).load_duration.observe(now_.steady - f.load_started);
    drive(f, f.machine.look_again());
}

void flights::written(entry_key key, const instant& now) {
    now_ = now;
    const auto found = attached_.find(name_of(key));
    if (found == attached_.end()) return;
    flight& f = *found->second;
    if (f.led) return end_lead(f, load_outcome::ok);
    // One that waits for somebody else's lease need not wait for its end.
    if (std::holds_alternative<client_load>(f.r->load)) on_wake(f.id, now);
}

void flights::lead_over(flight_id id, std::uint32_t round, const instant& now) {
    now_ = now;
    flight* f = by_id(id);
    if (f != nullptr && f->led && f->round == round) end_lead(*f, load_outcome::error);
}

}  // namespace herdgate
