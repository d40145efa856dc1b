// SPDX-License-Identifier: Apache-2.0
//
// The port through which a fill reaches the place where entries live: the embedded store, or Redis.
// Three transitions, each atomic in the store, each answered exactly once through the store_sink,
// possibly from inside the call.
//
//   acquire   take the right to load the key (the lease), after a second look at the entry
//   fill      store the load's result and give the lease back; refused where the lease was lost
//   meanwhile. A result that is
//             of no further use (absence that is not to be remembered) erases what was stored
//   fail      record that the load failed and give the lease back; the entry's value stays
#pragma once

#include <cstdint>
#include <string>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/acquire.hpp"
#include "herdgate/core/cache/entry.hpp"

namespace herdgate {

/// Names a flight within one worker. Never reused while the process lives. Also the id of its load.
using flight_id = std::uint64_t;

class store_sink {
  public:
    virtual void on_acquired(flight_id id, acquire_answer answer) = 0;
    /// A fill or fail has taken effect, or was refused because the lease was lost.
    virtual void on_stored(flight_id id, bool stored) = 0;

  protected:
    ~store_sink() = default;
};

class store {
  public:
    virtual ~store() = default;
    virtual void acquire(flight_id id, entry_key key, lease_token token, milliseconds lease,
                         const instant& now) = 0;
    virtual void fill(flight_id id, entry_key key, lease_token token, entry filled,
                      const instant& now) = 0;
    virtual void fail(flight_id id, entry_key key, lease_token token, const entry& failed,
                      const instant& now) = 0;
};

}  // namespace herdgate
