// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/embedded_store.hpp"

#include <utility>

#include "herdgate/core/cache/memory_store.hpp"

namespace herdgate {

void embedded_store::read(flight_id id, entry_key key, const instant& now) {
    sink_.on_read(id, {store_status::ok, floored(key, entries_.peek(key, now.store))}, now);
}

entry embedded_store::floored(entry_key key, entry found) const {
    apply_floor(found, floors_.floor_of(key.key, found.notes.view()));
    return found;
}

/// What was noted is seen under another lock: an entry that came in between is newer than any
/// floor.
void embedded_store::acquire(flight_id id, entry_key key, const lease_request& request,
                             const instant& now) {
    const entry seen = entries_.peek(key, now.store);
    const acquire_limits limits{request.early, floors_.floor_of(key.key, seen.notes.view())};
    sink_.on_acquired(
        id, entries_.acquire(key, request.token, now.store + request.lease, now.store, limits),
        now);
}

void embedded_store::renew(flight_id id, entry_key key, lease_token token, milliseconds lease,
                           const instant& now) {
    sink_.on_renewed(id, entries_.renew(key, token, now.store + lease), now);
}

void embedded_store::fill(flight_id id, entry_key key, lease_token token, const entry& filled,
                          const instant& now) {
    sink_.on_stored(id, {entries_.fill(key, token, filled, now.store), {}}, now);
}

void embedded_store::fail(flight_id id, entry_key key, lease_token token, const entry& failed,
                          const instant& now) {
    const bool held = entries_.fail(key, token, failed.meta, failed.reason, now.store);
    sink_.on_stored(id, {held ? fill_status::stored : fill_status::refused, {}}, now);
}

void embedded_store::release(entry_key key, lease_token token, const instant&) {
    entries_.release(key, token);
}

void embedded_store::watch(flight_id id, entry_key, const instant& now) {
    sink_.on_watching(id, false, now);
}

void embedded_store::unwatch(flight_id, entry_key) {}

void embedded_store::enter(flight_id id, const fleet_places&, lease_token, milliseconds,
                           const instant& now) {
    sink_.on_entered(id, {place_status::entered, {}}, now);
}

void embedded_store::watch_place(flight_id id, const fleet_places&, lease_token,
                                 const instant& now) {
    sink_.on_watching(id, false, now);
}

}  // namespace herdgate
