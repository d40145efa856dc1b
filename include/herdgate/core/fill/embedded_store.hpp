// SPDX-License-Identifier: Apache-2.0
//
// embedded_store: the store port over this process's own memory. Every answer comes from inside the
// call.
#pragma once

#include "herdgate/core/fill/store.hpp"

namespace herdgate {

class memory_store;

/// Who knows what was invalidated together.
class entry_floors {
  public:
    /// The highest floor of a key's route and of the tags of its entry (entry_notes.hpp).
    virtual route_floor floor_of(std::string_view key, std::string_view notes) const = 0;

  protected:
    ~entry_floors() = default;
};

class embedded_store final : public store {
  public:
    embedded_store(memory_store& entries, const entry_floors& floors, store_sink& sink) noexcept
        : entries_(entries), floors_(floors), sink_(sink) {}

    void read(flight_id id, entry_key key, const instant& now) override;
    void acquire(flight_id id, entry_key key, const lease_request& request,
                 const instant& now) override;
    void renew(flight_id id, entry_key key, lease_token token, milliseconds lease,
               const instant& now) override;
    void fill(flight_id id, entry_key key, lease_token token, const entry& filled,
              const instant& now) override;
    void fail(flight_id id, entry_key key, lease_token token, const entry& failed,
              const instant& now) override;
    void release(entry_key key, lease_token token, const instant& now) override;
    /// A lease is held by this process, whose flights need no wake-up: nobody ever will be told.
    void watch(flight_id id, entry_key key, const instant& now) override;
    void unwatch(flight_id id, entry_key key) override;
    /// This process is the whole fleet, and has limits of its own: there is always a place.
    void enter(flight_id id, const fleet_places& where, lease_token token, milliseconds lease,
               const instant& now) override;
    void keep_place(const fleet_places&, lease_token, milliseconds, const instant&) override {}
    void leave(const fleet_places&, lease_token, const instant&) override {}
    void watch_place(flight_id id, const fleet_places& where, lease_token token,
                     const instant& now) override;
    void unwatch_place(flight_id, const fleet_places&, lease_token) override {}

  private:
    entry floored(entry_key key, entry found) const;

    memory_store& entries_;
    const entry_floors& floors_;
    store_sink& sink_;
};

}  // namespace herdgate
