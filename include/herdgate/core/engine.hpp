// SPDX-License-Identifier: Apache-2.0
//
// engine: one worker's half of the core, and the only place that knows all the others. A command
// and its client come in; the reply is in the client's queue when execute returns, or its slot is
// filled later.
//
//   - A hit is answered where it arrives, from the store that all workers share.
//   - A read that is not a hit goes to the worker that owns the key (by hash; all keys of a route
//   with batched loads belong to one): its flights hold whoever waits for that key in
//     this process. The result comes back as a message.
//   - A write is carried out where it arrives, under the store's lock; it revokes the key's lease,
//   which detaches the flight.
//
// Single-threaded: every call comes from the worker's thread. Workers talk through messages only.
#pragma once

#include <atomic>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/base/random.hpp"
#include "herdgate/core/command/command_table.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "herdgate/core/command/route_table.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/engine_messages.hpp"
#include "herdgate/core/fill/batching_loader.hpp"
#include "herdgate/core/fill/dry_runs.hpp"
#include "herdgate/core/fill/embedded_store.hpp"
#include "herdgate/core/fill/flights.hpp"
#include "herdgate/core/fill/load_limiter.hpp"
#include "herdgate/core/fill/loader.hpp"
#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/fill/refresh_schedule.hpp"
#include "herdgate/core/fleet/route_floors.hpp"
#include "herdgate/core/metrics/worker_metrics.hpp"
#include "herdgate/core/session/entry_edits.hpp"
#include "herdgate/core/session/permissions.hpp"
#include "herdgate/core/upstream/link_lender.hpp"

namespace herdgate {

class memory_store;
struct found_entry;
class pending_reads;
class pinned_client;
class relay;
class session;

/// What an engine asks of the thread that runs it.
class engine_host {
  public:
    /// Takes a message to a worker's engine (also to this one), in order, after the current event.
    virtual void post(std::uint32_t worker, engine_message m) = 0;
    /// For the log.
    virtual void load_failed(const route& r, std::string_view reason) = 0;

  protected:
    ~engine_host() = default;
};

/// What a worker knows of its link to a shared store; read by all workers.
struct store_link {
    std::atomic<bool> away{true};         ///< the store cannot be asked
    std::atomic<std::uint32_t> epoch{0};  ///< copies of an earlier one may be out of date; 0 = all
};

/// What the workers of a process share. Outlives them all.
struct process_state {
    process_state(const config& c, std::uint64_t hash_seed);
    ~process_state();

    const config& configuration;
    const route_table routes;
    const std::uint64_t seed;  ///< of hashes; secret
    route_floors floors;       ///< with a shared store
    /// The entries themselves, or, in front of a shared store, the near cache.
    std::unique_ptr<memory_store> entries;
    const bool clients_load;  ///< on some route
    const bool write_rules;   ///< some route has one
    const bool dry_routes;    ///< some route is only tried out
    dry_runs dry;
    const bool shared_store;                         ///< entries live in Redis
    const bool has_hashes;                           ///< a route has `as: hash`
    std::vector<std::unique_ptr<store_link>> links;  ///< by worker; with a shared store
    std::atomic<std::uint32_t> last_epoch{0};
    std::atomic<std::size_t> settled{0};  ///< workers that know whether their store can be asked
    std::vector<std::unique_ptr<load_limiter>> limiters;   ///< by route index
    std::vector<std::unique_ptr<breaker>> breakers;        ///< likewise
    std::vector<std::unique_ptr<worker_metrics>> metrics;  ///< by worker
    std::atomic<std::uint64_t> last_client_id{0};
    std::atomic<std::size_t> clients{0};
    std::atomic<steady_time> paused_until{};  ///< a client has told Redis to (CLIENT PAUSE)
    redis_time started{};
    int process_id = 0;
    std::uint16_t port = 0;  ///< of the first TCP listener
    std::string run_id;      ///< 40 hexadecimal digits
};

class engine final : public entry_floors,
                     private flights_host,
                     private batching_host,
                     private entry_edits_host {
  public:
    engine(process_state& process, std::uint32_t worker, loader& loads, engine_host& host,
           std::uint64_t seed);
    ~engine();
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    /// Runs one command of a client. Returns what the command table says of it; nullptr if it is
    /// unknown.
    const command_info* execute(session& client, std::span<const std::string_view> args,
                                const instant& now);

    /// With a shared store: where this worker's flights find their entries, what passes commands
    /// on, and who lends links to single clients. Before the first command.
    void use(store& entries, editor& edits, relay& others, link_lender* own = nullptr) noexcept {
        flights_.use(entries);
        edits_.use(edits);
        editor_ = &edits;
        relay_ = &others;
        lender_ = own;
    }
    store_sink& flights_sink() noexcept { return flights_.sink(); }
    editor_sink& edits_sink() noexcept { return edits_.sink(); }

    /// The shared store can be asked, or cannot.
    void set_away(bool away) noexcept;
    /// From now on every change of an entry that this worker has read is heard of (true), or some
    /// may have been missed.
    void set_coherent(bool coherent) noexcept;
    /// Somebody has changed an entry, in whatever database.
    void entry_changed(std::string_view key, const instant& now);
    /// All of them have changed.
    void all_changed(const instant& now);
    /// Somebody has published this on the invalidation channel. Returns why it did nothing, for the
    /// log; empty if it did.
    std::string_view on_published(std::string_view text, const instant& now);
    /// All messages on that channel are heard from now on.
    void set_following(const instant& now) noexcept { heard_since_ = now.steady; }
    /// Up to when a route is out of date, as the store has it.
    void on_floor(std::string_view route, const route_floor& floor, const instant& now);
    route_floor floor_of(std::string_view key, std::string_view notes) const override;
    /// All entries that have a tag are out of date; without a mode: they go.
    void invalidate_tag(std::string_view tag, std::optional<route_policy::invalidation> mode,
                        const instant& now);
    /// An entry was made stale, and is to be loaded anew.
    void refresh_due(entry_key key, const instant& now);
    /// Loads a key that is not fresh. `who` hears how that has ended: a value if there was nothing
    /// to do, else as for refresh. False if no route claims it.
    bool warm(entry_key key, waiter who, const instant& now);
    /// Loads a key anew, whatever is stored; `who` hears how that has ended (flights::refresh).
    /// False if no route claims it.
    bool refresh(entry_key key, waiter who, const instant& now);
    /// The process ends: leases are given back.
    void release_leases(const instant& now) { flights_.release_leases(now); }

    void on_message(engine_message m, const instant& now);
    void on_loaded(load_id id, load_result result, const instant& now);
    void on_deadline(const instant& now);
    std::optional<steady_time> next_deadline() const noexcept;

    /// Clients whose replies have grown outside of consume(): the caller sends them.
    std::vector<session*> take_touched();
    bool touched() const noexcept { return !touched_.empty(); }

    /// Clients' writes on their way to a shared store.
    std::size_t edits() const noexcept { return edits_.size(); }

    /// All clients of this worker, in no order.
    std::span<session* const> clients() const noexcept { return sessions_; }

    // For sessions.
    void join(session& client);
    void forget(session& client);
    /// As a client is when it has connected, or said RESET.
    void greet(session& client);
    /// Every client has a link of its own.
    bool dedicated() const noexcept;
    void touch(session& client);
    /// A client has got its turn to load; nullptr: it has gone meanwhile.
    void take_lead(session* client, const load_lead& lead);
    bool has_users() const noexcept { return !configuration().users.empty(); }
    bool needs_auth() const noexcept { return has_users() || configuration().auth_upstream; }
    std::size_t request_limit() const noexcept { return configuration().limits.request; }
    std::size_t output_limit() const noexcept { return configuration().limits.output; }
    void count_protocol_error() noexcept { metrics_.protocol_errors.add(); }
    /// Writes the reply of a command whose reads are all done.
    void render(session& client, const pending_reads& command, std::span<const read_result> results,
                std::string& out);

    /// A client has emptied databases: nothing that is remembered of entries counts any more.
    void entries_flushed();
    /// A client tells Redis to let commands wait, or no longer (CLIENT PAUSE, UNPAUSE). Until Redis
    /// has accepted that, it may be: for at most a second.
    void note_pause(const std::vector<std::string_view>& args, bool accepted);

    // For commands.
    const config& configuration() const noexcept { return process_.configuration; }
    process_state& process() noexcept { return process_; }
    const instant& now() const noexcept { return now_; }
    std::uint64_t random() noexcept { return random_.next(); }
    /// Opens a slot and has every worker tell of itself into it.
    void describe(session& client, const command_info& info, std::span<const std::string_view> args,
                  message::describe::subject what);
    // Subcommands of HERDGATE; args[2] is the first key. All but explain: routes claim the keys.
    void explain(session& client, const command_info& info, std::span<const std::string_view> args);
    void refresh(session& client, const command_info& info, std::span<const std::string_view> args);
    void invalidate(session& client, const command_info& info,
                    std::span<const std::string_view> args, std::string& out);
    /// HERDGATE INVALIDATE TAG: here at once, and told to all processes that share the upstream.
    void invalidate_tag(session& client, const command_info& info,
                        std::span<const std::string_view> args, bool stale);
    void warm(session& client, const command_info& info, std::span<const std::string_view> args);

  private:
    bool read_routed(session& client, const command_info& info,
                     std::span<const std::string_view> args);
    void read_one(session& client, const command_info& info, std::span<const std::string_view> args,
                  const route& r);
    void read_several(session& client, const command_info& info,
                      std::span<const std::string_view> args, std::span<const route* const> routes);
    std::optional<read_result> read_now(session& client, const route& r, std::string_view key);
    read_result read_plain(session& client, std::string_view key);
    void finish_reads(session& client, const command_info& info,
                      std::span<const std::string_view> args, std::span<const read_result> results,
                      std::string& out);
    bool move_expiry(session& client, std::span<const std::string_view> args, std::string& out);
    void run_keyspace(session& client, std::span<const std::string_view> args, keyspace_handler run,
                      std::string& out);
    void look_on(const session& client, const command_info& info,
                 std::span<const std::string_view> args);
    void count_dry(const route& r, const dry_runs::seen& seen);
    class drop_after;
    static route_policy::write write_rule(const command_info& info, const route* r);
    bool refuse_write(session& client, const command_info& info,
                      std::span<const route* const> routes);
    bool write_by_rule(session& client, const command_info& info, const route* r, message::edit& m);
    bool write_embedded(session& client, const command_info& info,
                        std::span<const std::string_view> args);
    void tell_written(session& client, const command_info& info,
                      std::span<const std::string_view> args);
    void execute_embedded(session& client, const command_info* info,
                          std::span<const std::string_view> args);
    void execute_upstream(session& client, const command_info* info,
                          std::span<const std::string_view> args);
    void run_stranger(session& client, const command_info* info,
                      std::span<const std::string_view> args);
    void run_pinned(session& client, const command_info* info,
                    std::span<const std::string_view> args);
    void run_connection(session& client, const command_info& info,
                        std::span<const std::string_view> args);
    bool is_local(const command_info& info, std::span<const std::string_view> args) const;
    bool is_local_when_pinned(const command_info& info,
                              std::span<const std::string_view> args) const;
    link_lender::login login_of_clients() const noexcept;
    pinned_client& pin(session& client, link_lender::login whose);
    bool may_use(session& client, const command_info& info, std::span<const std::string_view> args);
    std::vector<const route*> routes_of(const command_info& info,
                                        std::span<const std::string_view> args) const;
    bool names_routed(const command_info& info, std::span<const std::string_view> args) const;
    bool run_routed(session& client, const command_info& info,
                    std::span<const std::string_view> args);
    void edit_routed(session& client, const command_info& info,
                     std::span<const std::string_view> args, std::span<const route* const> routes);
    class read_then_edit;
    class flush_seen;
    void read_first(session& client, const route& r, message::edit m);
    void send_edit(message::edit m);
    void on_edit(message::edit m);
    void on_invalidate(const message::invalidate& m);
    void on_refresh(message::refresh m);
    std::string_view invalidate_named(std::string_view name,
                                      std::optional<route_policy::invalidation> mode);
    invalidation invalidation_of(route_policy::invalidation mode, steady_time heard_since) const;
    void pass(session& client, const command_info& info, std::span<const std::string_view> args);
    void forward(session& client, std::span<const std::string_view> args, waiter who);
    static void join_replies(const command_info& info, std::span<const read_result> results,
                             std::string& out);
    void ask(const route& r, entry_key key, waiter who, redis_time early = {});
    void refresh(const route& r, entry_key key, redis_time early = {});
    void ask_no_more(entry_key key, redis_time early);
    void before_end(const route& r, entry_key key, const entry_meta& meta);
    void refresh_scheduled(const refresh_schedule::due_key& due);
    void raise_floor(std::string_view route, const route_floor& floor);
    route_floor floor_of(const route& r, std::string_view key, std::string_view notes) const;
    void on_read(message::read m);
    void on_describe(message::describe m);
    void on_inspect(message::inspect m);
    void on_warm(message::warm m);
    bool warm(entry_key key, waiter who);
    void outdate(entry_key key);
    std::uint32_t owner_of(const route& r, entry_key key) const noexcept;
    void reject(session& client, std::string_view text);

    bool refuse_kind(session& client, const command_info& info,
                     std::span<const std::string_view> args);
    bool usable(const found_entry& found) const noexcept;
    bool store_away(const found_entry& found) const noexcept;

    void deliver(std::vector<waiter> waiters, const read_result& result) override;
    void learned(entry_key key, const route& r, const entry& found, bool shared) override;
    entry remembered(entry_key key) override;
    void deliver_reply(waiter who, const read_result& result) override;
    void entry_written(entry_key key, bool done) override;
    void pass_turn(load_limiter::ticket next) override;
    void part_loaded(load_id id, load_result result) override;
    void load_failed(const route& r, std::string_view reason) override {
        host_.load_failed(r, reason);
    }

    process_state& process_;
    const std::uint32_t worker_;
    worker_metrics& metrics_;
    engine_host& host_;
    random_source random_;
    batching_loader batches_;
    flights flights_;
    embedded_store embedded_;
    refresh_schedule schedule_;
    entry_edits edits_;
    permissions permissions_;
    editor* editor_ = nullptr;  ///< with a shared store
    relay* relay_ = nullptr;
    link_lender* lender_ = nullptr;
    steady_time heard_since_{};  ///< the messages on the invalidation channel
    instant now_{};
    std::bitset<limits::databases> databases_;  ///< in which entries were asked for
    std::vector<session*> sessions_;
    std::vector<session*> touched_;
    std::string command_;  ///< the one that is passed on, as it is sent
};

}  // namespace herdgate
