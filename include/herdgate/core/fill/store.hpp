// SPDX-License-Identifier: Apache-2.0
//
// The port through which a flight reaches the place where entries live: the embedded store, or
// Redis. Each call but release, watch and unwatch is answered exactly once through the store_sink,
// possibly from inside the call. Each transition is atomic in the store.
//
//   read      look at the entry; takes nothing
//   acquire   take the right to load the key (the lease), after a second look at the entry
//   renew     move the lease's deadline while the load runs
//   fill      store the load's result and give the lease back; refused where the lease was lost
//             meanwhile. A result that is of no further use (absence that is not to be remembered)
//             erases what was stored
//   fail      record that the load failed and give the lease back; the entry's value stays
//   release   give the lease back, nothing else
//   watch     be told when the holder of the key's lease is done (on_wake), until unwatch
#pragma once

#include <cstdint>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/acquire.hpp"
#include "herdgate/core/cache/entry.hpp"

namespace herdgate {

/// Names a flight within one worker. Never reused while the process lives. Also the id of its load.
using flight_id = std::uint64_t;

class store_sink {
  public:
    virtual void on_read(flight_id id, read_answer answer, const instant& now) = 0;
    virtual void on_acquired(flight_id id, acquire_answer answer, const instant& now) = 0;
    /// `held`: the lease is still the flight's, or the store could not be asked.
    virtual void on_renewed(flight_id id, bool held, const instant& now) = 0;
    /// A fill or a fail has taken effect, or was refused.
    virtual void on_stored(flight_id id, fill_answer answer, const instant& now) = 0;
    /// Watching: a wake-up from now on is not missed; or, where the store cannot tell, will never
    /// come (`false`): look again from time to time.
    virtual void on_watching(flight_id id, bool will_be_told, const instant& now) = 0;
    /// The key's lease has ended, or may have.
    virtual void on_wake(flight_id id, const instant& now) = 0;

  protected:
    ~store_sink() = default;
};

class store {
  public:
    virtual ~store() = default;
    virtual void read(flight_id id, entry_key key, const instant& now) = 0;
    virtual void acquire(flight_id id, entry_key key, lease_token token, milliseconds lease,
                         const instant& now) = 0;
    virtual void renew(flight_id id, entry_key key, lease_token token, milliseconds lease,
                       const instant& now) = 0;
    virtual void fill(flight_id id, entry_key key, lease_token token, const entry& filled,
                      const instant& now) = 0;
    virtual void fail(flight_id id, entry_key key, lease_token token, const entry& failed,
                      const instant& now) = 0;
    virtual void release(entry_key key, lease_token token, const instant& now) = 0;
    virtual void watch(flight_id id, entry_key key, const instant& now) = 0;
    virtual void unwatch(flight_id id, entry_key key) = 0;
};

}  // namespace herdgate
