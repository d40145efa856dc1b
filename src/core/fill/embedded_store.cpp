// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/embedded_store.hpp"

#include <utility>

#include "herdgate/core/cache/memory_store.hpp"

namespace herdgate {

void embedded_store::acquire(flight_id id, entry_key key, lease_token token, milliseconds lease,
                             const instant& now) {
    sink_.on_acquired(id, entries_.acquire(key, token, now.store + lease, now.store));
}

void embedded_store::fill(flight_id id, entry_key key, lease_token token, entry filled,
                          const instant& now) {
    const bool stored = entries_.fill(key, token, filled, now.store) == fill_status::stored;
    sink_.on_stored(id, stored);
}

void embedded_store::fail(flight_id id, entry_key key, lease_token token, const entry& failed,
                          const instant& now) {
    sink_.on_stored(id, entries_.fail(key, token, failed.meta, failed.reason, now.store));
}

}  // namespace herdgate
