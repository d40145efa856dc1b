// SPDX-License-Identifier: Apache-2.0
//
// redis_store: the store in Redis, as one worker sees it. Reads are HMGET, transitions the scripts
// (scripts.hpp), all on one link of its own; what Redis tells unasked comes through
// `subscriptions`.
//
//   flights ─ store ─┐                    ┌─ link ─ HMGET, EVALSHA, TIME, CLIENT TRACKING ─► Redis
//   edits ── editor ─┴─ redis_store ──────┴─ subscriptions ◄─ wake-ups, invalidations ─────── Redis
//
// Whatever goes wrong upstream (no link, an error, a reply of an unexpected shape, a time-out) is
// answered `away`: the caller goes on without the store. Every call is answered.
//
// A link that is closed by the other side is most likely back in a moment. Until nobody is there to
// connect to, or a second has passed, calls wait for it, and those that were on their
// way are made again: a look, and the transitions that name their lease's token, come to the same
// when made twice. Others are answered `away`.
//
// Coherence of near copies: once Redis has confirmed that this link's reads are tracked and told to
// the subscriber's connection, until either of the two is lost. The user hears of both moments.
//
// Single-threaded: belongs to its worker.
#pragma once

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "herdgate/core/config/config.hpp"
#include "herdgate/core/fill/editor.hpp"
#include "herdgate/core/fill/store.hpp"
#include "herdgate/core/fleet/route_floors.hpp"
#include "herdgate/core/upstream/clock_samples.hpp"
#include "herdgate/core/upstream/database_switch.hpp"
#include "herdgate/core/upstream/link.hpp"
#include "herdgate/core/upstream/scripts.hpp"
#include "herdgate/core/upstream/subscriptions.hpp"

namespace herdgate {

/// Whom a redis_store tells what its callers did not ask for.
class redis_store_user {
  public:
    /// The store can be asked from now on, or cannot. `reason`: for the log.
    virtual void on_store_away(bool away, std::string_view reason, const instant& now) = 0;
    /// Something that should work does not, for the log.
    virtual void on_trouble(std::string_view text) = 0;
    /// Every change of what this link reads is heard of from now on, or may be missed.
    virtual void on_coherent(bool coherent, const instant& now) = 0;
    /// Somebody has changed this routed key's entry.
    virtual void on_entry_changed(std::string_view key, const instant& now) = 0;
    /// Somebody has changed all of them.
    virtual void on_all_changed(const instant& now) = 0;
    /// Somebody has published this on the invalidation channel.
    virtual void on_published(std::string_view text, const instant& now) = 0;
    /// Every message on that channel is heard from now on (`told`), or none.
    virtual void on_following(bool told, const instant& now) = 0;
    /// The highest floor of a key's route and of the tags of its entry (entry_notes.hpp).
    virtual route_floor floor_of(std::string_view key, std::string_view notes) = 0;
    /// A route's floor, as the store has it.
    virtual void on_floor(std::string_view route, const route_floor& floor, const instant& now) = 0;
    /// This process has ended an entry's freshness, and is to load it anew.
    virtual void on_refresh_due(entry_key key, const instant& now) = 0;
    /// The store's clock is the steady clock plus this.
    virtual void on_clock(nanoseconds offset) = 0;

  protected:
    ~redis_store_user() = default;
};

struct redis_store_settings {
    std::string prefix;          ///< of entries' keys
    std::string owner;           ///< names this process in leases: no blanks
    milliseconds timeout{1000};  ///< of one command
    config::tracking_mode tracking = config::tracking_mode::keys;
    std::uint16_t database = 0;  ///< what the link's greeting selects
    std::string channel;         ///< of invalidations; empty = this worker does not listen
};

class redis_store final : public store,
                          public editor,
                          private link_user,
                          private reply_taker,
                          private subscriptions_user {
  public:
    /// `data`, `unasked`: the two links' machines, which the caller drives. They outlive this
    /// object's last call into them, and begin after it was made.
    redis_store(redis_store_settings settings, redis_store_user& user, store_sink& flights,
                editor_sink& edits);
    ~redis_store() override;
    redis_store(const redis_store&) = delete;
    redis_store& operator=(const redis_store&) = delete;

    /// Whom the two links answer to.
    link_user& data_user() noexcept { return *this; }
    link_user& unasked_user() noexcept { return subscriptions_.user(); }
    void use(link& data, link& unasked) noexcept {
        link_ = &data;
        subscriptions_.use(unasked);
    }

    bool up() const noexcept { return ready_; }

    /// Once a second or so: looks at Redis's clock.
    void tick(const instant& now);

    // store
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
    void watch(flight_id id, entry_key key, const instant& now) override;
    void unwatch(flight_id id, entry_key key) override;
    void enter(flight_id id, const fleet_places& where, lease_token token, milliseconds lease,
               const instant& now) override;
    void keep_place(const fleet_places& where, lease_token token, milliseconds lease,
                    const instant& now) override;
    void leave(const fleet_places& where, lease_token token, const instant& now) override;
    void watch_place(flight_id id, const fleet_places& where, lease_token token,
                     const instant& now) override;
    void unwatch_place(flight_id id, const fleet_places& where, lease_token token) override;

    // editor
    void read_for_edit(edit_id id, entry_key key, const instant& now) override;
    void swap(edit_id id, entry_key key, bool blind, std::uint64_t expected,
              const entry_change& change, const instant& now) override;
    void invalidate(entry_key key, const invalidation& how, const instant& now) override;
    void invalidate_route(std::string_view route, const invalidation& how,
                          const instant& now) override;
    void slide(entry_key key, const route_policy::sliding_window& by, const instant& now) override;

    /// Learns anew which routes are out of date: messages may have been missed.
    void read_floors(const instant& now);

  private:
    /// What a command on the link was for. Its id there: the asker's id and this.
    enum class purpose : std::uint8_t {
        look,    ///< the id is that of one in looking_
        script,  ///< the id is that of a call in calls_
        load_script,
        tracking,
        clock,
        select,
        database,  ///< the id is that of one selected for the first time
        floors,
    };
    /// A script on its way. Kept until its reply, to be sent whole if Redis does not know it.
    struct call {
        call(script s, std::uint64_t who, std::uint16_t in, std::string key_name,
             std::vector<std::string> words, shared_bytes value = {}, std::size_t value_at = 0);

        script what;
        std::uint64_t asker;  ///< flight or edit; 0 = nobody
        std::uint16_t database;
        std::string name;    ///< of the key in Redis
        std::string second;  ///< of a second one, if there is any
        std::vector<std::string> args;
        shared_bytes data;  ///< takes the place of args[data_at], if there is any
        std::size_t data_at;
        bool whole = false;  ///< sent with its source

        /// Whether it comes to the same when it is made twice.
        bool repeatable() const noexcept {
            return what != script::swap && what != script::invalidate && what != script::outdate &&
                   what != script::slide;
        }
    };

    /// A look at an entry.
    struct look {
        bool for_edit;
        std::uint64_t asker;  ///< flight or edit
        std::uint16_t database;
        std::string key;
    };

    static std::uint64_t id_of(purpose what, std::uint64_t asker) noexcept {
        return asker << 4 | static_cast<std::uint64_t>(what);
    }

    void send(std::string_view command, purpose what, std::uint64_t asker, const instant& now);
    database_switch::step select(std::uint16_t database, const instant& now);
    void take_look(look l, const instant& now);
    void answer_look(const look& l, read_answer answer, const instant& now);
    void give_up_waiting(const instant& now);
    void go_on(const instant& now);
    void run(call c, const instant& now);
    void send_call(std::uint64_t id, const call& c, const instant& now);
    void on_script(std::uint64_t id, std::string_view frame, const instant& now);
    void answer_call(const call& c, resp::reply_cursor reply, const instant& now);
    void answer_acquire(const call& c, resp::reply_cursor reply, const instant& now);
    void answer_stored(const call& c, resp::reply_cursor reply, const instant& now);
    void answer_enter(std::uint64_t asker, resp::reply_cursor reply, const instant& now);
    void answer_invalidate(const call& c, resp::reply_cursor reply, const instant& now);
    void answer_swap(const call& c, resp::reply_cursor reply, const instant& now);
    void script_loaded(std::size_t index, resp::reply_cursor reply, const instant& now);
    entry next_entry(resp::reply_cursor& reply, std::string_view key);
    read_answer read_entry(resp::reply_cursor reply, std::string_view key);
    std::string_view key_of(const call& c) const;
    std::string floors_name() const { return "herdgate:floors:" + settings_.prefix; }
    void answer_outdate(const call& c, resp::reply_cursor reply, const instant& now);
    void on_floors(resp::reply_cursor reply, const instant& now);
    void track(const instant& now);
    void lose_coherence(const instant& now);
    std::string name_of(std::string_view key) const { return settings_.prefix + std::string{key}; }
    std::string name_of(const fleet_places& places) const;
    std::string channel_of(const fleet_places& places, lease_token token) const;

    void on_link_up(const instant& now) override;
    void on_link_down(std::string_view reason, const instant& now) override;
    void on_push(std::string_view frame, const instant& now) override;
    void on_reply(std::uint64_t id, std::string_view frame, const instant& now) override;
    void on_lost(std::uint64_t id, const instant& now) override;

    void on_subscriber(bool up, std::string_view client_id, const instant& now) override;
    void on_no_tracking() override;
    void on_watching(std::uint64_t id, bool will_be_told, const instant& now) override;
    void on_wake(std::uint64_t id, const instant& now) override;
    void on_published(std::string_view text, const instant& now) override;
    void on_following(bool told, const instant& now) override;
    void on_invalidated(std::string_view name, const instant& now) override;
    void on_all_invalidated(const instant& now) override;

    redis_store_settings settings_;
    redis_store_user& user_;
    store_sink& flights_;
    editor_sink& edits_;
    link* link_ = nullptr;
    subscriptions subscriptions_;
    std::array<std::string, script_count> digests_;
    std::size_t scripts_missing_ = script_count;  ///< of those that are loaded at the beginning
    std::unordered_map<std::uint64_t, call> calls_;
    std::uint64_t last_call_ = 0;  ///< of calls and looks
    database_switch databases_;
    bool ready_ = false;    ///< the link is up and Redis knows the scripts
    bool patient_ = false;  ///< it was a moment ago: calls wait for it
    steady_time patient_until_{};
    std::vector<look> looks_;                          ///< that wait for the link
    std::vector<std::uint64_t> later_;                 ///< calls that do, by their ids in calls_
    std::unordered_map<std::uint64_t, look> looking_;  ///< on their way, by the link's id
    bool coherent_ = false;
    std::string tracker_;  ///< the subscriber's connection, by Redis's id; empty = none
    clock_samples clock_;
};

}  // namespace herdgate
