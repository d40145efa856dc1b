// SPDX-License-Identifier: Apache-2.0
//
// The port through which a flight reaches the place where entries live: the embedded store, or
// Redis. read, acquire, renew, fill, fail, enter, watch and watch_place are answered exactly once
// through the store_sink, possibly from inside the call; the others are not. Each transition is
// atomic in the store.
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
//
// Where a route's loads are limited in the whole fleet, the store keeps their places, too:
//
//   enter       take a place, or wait in line for one; to be asked again, before `lease` is over,
//               by those who wait: whoever does not, loses their place in the line
//   keep_place  move the place's deadline while the load runs
//   leave       give the place back, or leave the line
//   watch_place be told when one's turn has come (on_wake), until unwatch_place
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/acquire.hpp"
#include "herdgate/core/cache/entry.hpp"

namespace herdgate {

/// Names a flight within one worker. Never reused while the process lives. Also the id of its load.
using flight_id = std::uint64_t;

/// What a flight asks for when it wants to load.
struct lease_request {
    lease_token token = 0;
    milliseconds lease{};
    /// An entry that is fresh until exactly then is to be loaded all the same: a refresh before its
    /// end. The epoch: only what is not fresh is.
    redis_time early{};
    std::string_view notes{};  ///< of the entry, as far as it was seen
};

/// Of which places a load takes one: those of a route, `limit` in the whole fleet.
struct fleet_places {
    std::string_view route;
    std::size_t limit;
};

enum class place_status : std::uint8_t {
    entered,  ///< the place is the caller's
    queued,   ///< all are taken, or others came first
    away,     ///< nobody knows how many are taken: there is no limit now
};

struct place_answer {
    place_status status = place_status::away;
    milliseconds look_in{};  ///< with queued: when the next place runs out at the latest
};

class store_sink {
  public:
    virtual void on_read(flight_id id, read_answer answer, const instant& now) = 0;
    virtual void on_acquired(flight_id id, acquire_answer answer, const instant& now) = 0;
    /// `held`: the lease is still the flight's, or the store could not be asked.
    virtual void on_renewed(flight_id id, bool held, const instant& now) = 0;
    /// A fill or a fail has taken effect, or was refused.
    virtual void on_stored(flight_id id, fill_answer answer, const instant& now) = 0;
    virtual void on_entered(flight_id id, place_answer answer, const instant& now) = 0;
    /// Watching: a wake-up from now on is not missed; or, where the store cannot tell, will never
    /// come (`false`): look again from time to time.
    virtual void on_watching(flight_id id, bool will_be_told, const instant& now) = 0;
    /// The key's lease has ended, or the place's turn has come; or may have.
    virtual void on_wake(flight_id id, const instant& now) = 0;

  protected:
    ~store_sink() = default;
};

class store {
  public:
    virtual ~store() = default;
    virtual void read(flight_id id, entry_key key, const instant& now) = 0;
    virtual void acquire(flight_id id, entry_key key, const lease_request& request,
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
    virtual void enter(flight_id id, const fleet_places& where, lease_token token,
                       milliseconds lease, const instant& now) = 0;
    virtual void keep_place(const fleet_places& where, lease_token token, milliseconds lease,
                            const instant& now) = 0;
    virtual void leave(const fleet_places& where, lease_token token, const instant& now) = 0;
    virtual void watch_place(flight_id id, const fleet_places& where, lease_token token,
                             const instant& now) = 0;
    virtual void unwatch_place(flight_id id, const fleet_places& where, lease_token token) = 0;
};

}  // namespace herdgate
