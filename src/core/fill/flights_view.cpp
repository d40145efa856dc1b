// SPDX-License-Identifier: Apache-2.0
//
// flights, continued: what is going on, for those who ask. Changes nothing.
#include "flight.hpp"
#include "herdgate/core/fill/flight_view.hpp"

namespace herdgate {

flight_view flights::view_of(const flight& f, const instant& now) {
    flight_view view;
    view.route = f.r->name;
    view.database = f.key().database;
    view.key = f.key().key;
    view.waiters = f.waiting();
    view.attached = f.attached;
    if (f.load_started != steady_time{})
        view.load_runs_for = std::chrono::duration_cast<milliseconds>(now.steady - f.load_started);
    if (f.machine.reading())
        view.state = "looking";
    else if (!f.machine.loading())
        view.state = "waiting for the lease";
    else if (f.led)
        view.state = "a client loads";
    else if (f.queued)
        view.state = "queued";
    else if (f.place != flight::place_state::none && f.place != flight::place_state::held)
        view.state = "queued in the fleet";
    else
        view.state = "loading";
    return view;
}

std::vector<flight_view> flights::list(std::size_t most, const instant& now) const {
    std::vector<flight_view> views;
    for (const auto& [id, f] : by_id_) {
        if (views.size() == most) break;
        views.push_back(view_of(*f, now));
    }
    return views;
}

std::optional<flight_view> flights::look(entry_key key, const instant& now) const {
    for (const auto& [id, f] : by_id_)
        if (f->attached && f->key().database == key.database && f->key().key == key.key)
            return view_of(*f, now);
    return std::nullopt;
}

}  // namespace herdgate
