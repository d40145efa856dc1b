// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/engine.hpp"

#include <algorithm>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/hash.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/connection_commands.hpp"
#include "herdgate/core/session/pending_reads.hpp"
#include "herdgate/core/session/routed_reads.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {
namespace {

/// How a command is run. One per row of the command table.
struct binding {
    connection_handler connection = nullptr;
    keyspace_handler keyspace = nullptr;
    bool may_load = false;  ///< a read that loads routed keys
    bool no_auth = false;   ///< allowed before AUTH
};

std::vector<binding> bind_commands() {
    std::vector<binding> bindings;
    for (const command_info& info : command_table()) {
        binding b;
        b.connection = find_connection_handler(info.name);
        b.keyspace = find_keyspace_handler(info.name);
        b.may_load = loads_on_miss(info);
        b.no_auth = info.flags.find("no_auth") != std::string_view::npos;
        bindings.push_back(b);
    }
    return bindings;
}

const binding& binding_of(const command_info& info) {
    static const std::vector<binding> bindings = bind_commands();
    return bindings[static_cast<std::size_t>(&info - command_table().data())];
}

bool is_client_route(const route& r) {
    return std::holds_alternative<client_load>(r.load);
}

bool has_write_rule(const route& r) {
    return r.policy.writes != route_policy::write::store;
}

}  // namespace

process_state::process_state(const config& c, std::uint64_t hash_seed)
    : configuration(c),
      routes(c.routes),
      seed(hash_seed),
      floors(c.routes.size()),
      entries(std::make_unique<memory_store>(
          c.upstream ? c.near_cache.max_memory : c.store.max_memory, hash_seed)),
      clients_load(std::any_of(c.routes.begin(), c.routes.end(), is_client_route)),
      write_rules(std::any_of(c.routes.begin(), c.routes.end(), has_write_rule)),
      dry_routes(
          std::any_of(c.routes.begin(), c.routes.end(), [](const route& r) { return r.dry_run; })),
      shared_store(c.upstream.has_value()),
      has_hashes(
          std::any_of(c.routes.begin(), c.routes.end(), [](const route& r) { return r.as_hash; })) {
    for (const route& r : c.routes) {
        const route_policy& policy = r.policy;
        limiters.push_back(
            std::make_unique<load_limiter>(policy.limit.concurrency, policy.limit.queue));
        breakers.push_back(std::make_unique<breaker>(policy.breaker.failures, policy.breaker.open));
    }
}

process_state::~process_state() = default;

engine::engine(process_state& process, std::uint32_t worker, loader& loads, engine_host& host,
               std::uint64_t seed)
    : process_(process),
      worker_(worker),
      metrics_(*process.metrics[worker]),
      host_(host),
      random_(seed),
      batches_({worker, loads, *this, metrics_, process.limiters}),
      flights_({worker, batches_, *this, metrics_, process.limiters, process.breakers,
                random_.next(),
                process.shared_store ? process.configuration.store.lease : milliseconds{0}}),
      embedded_(*process.entries, *this, flights_.sink()),
      edits_(process.routes, configuration().limits.value, *this, random_.next()),
      permissions_(process.seed) {
    if (!process.shared_store) flights_.use(embedded_);
}

engine::~engine() {
    HERDGATE_ASSERT(sessions_.empty());
}

const command_info* engine::execute(session& client, std::span<const std::string_view> args,
                                    const instant& now) {
    now_ = now;
    const command_info* info = find_command(args[0]);
    if (process_.shared_store)
        execute_upstream(client, info, args);
    else
        execute_embedded(client, info, args);
    return info;
}

void engine::execute_embedded(session& client, const command_info* found,
                              std::span<const std::string_view> args) {
    if (found == nullptr) return reject(client, resp::errors::unknown_command(args));
    const command_info& info = *found;
    const binding& bound = binding_of(info);
    if (process_.dry_routes && info.arity_fits(args.size()) && client.state().authenticated)
        look_on(client, info, args);
    if (!info.arity_fits(args.size())) {
        reject(client, resp::errors::wrong_arity(info.name));
    } else if (!client.state().authenticated && !bound.no_auth) {
        reject(client, resp::errors::no_auth);
    } else if (bound.connection != nullptr) {
        metrics_.commands_connection.add();
        connection_call call{*this, client, info, args, client.replies().sink()};
        bound.connection(call);
    } else if (process_.has_hashes && refuse_kind(client, info, args)) {
        metrics_.commands_routed.add();
    } else if (bound.may_load && read_routed(client, info, args)) {
        metrics_.commands_routed.add();
    } else if (bound.keyspace == nullptr) {
        reject(client, resp::errors::needs_upstream(info.name));
    } else {
        metrics_.commands_local.add();
        if (!process_.write_rules || !write_embedded(client, info, args))
            run_keyspace(client, args, bound.keyspace, client.replies().sink());
        if (process_.clients_load) tell_written(client, info, args);
    }
}

void engine::reject(session& client, std::string_view text) {
    metrics_.commands_rejected.add();
    resp::write_error(client.replies().sink(), text);
}

void engine::on_message(engine_message m, const instant& now) {
    now_ = now;
    if (auto* read = std::get_if<message::read>(&m)) {
        on_read(std::move(*read));
    } else if (auto* done = std::get_if<message::results>(&m)) {
        for (waiter& w : done->waiters) w.who->on_read(w.part, done->result);
    } else if (auto* edit = std::get_if<message::edit>(&m)) {
        on_edit(std::move(*edit));
    } else if (auto* turn = std::get_if<message::turn>(&m)) {
        if (batching_loader::is_batch(turn->flight))
            batches_.on_turn(turn->flight);
        else
            flights_.on_turn(turn->flight, now);
    } else if (auto* gone = std::get_if<message::invalidate>(&m)) {
        on_invalidate(*gone);
    } else if (auto* due = std::get_if<message::refresh>(&m)) {
        on_refresh(std::move(*due));
    } else if (auto* changed = std::get_if<message::written>(&m)) {
        flights_.written({changed->database, changed->key}, now);
    } else if (auto* over = std::get_if<message::lead_over>(&m)) {
        flights_.lead_over(over->lead.flight, over->lead.round, now);
    } else if (auto* asked = std::get_if<message::describe>(&m)) {
        on_describe(std::move(*asked));
    } else if (auto* key = std::get_if<message::inspect>(&m)) {
        on_inspect(std::move(*key));
    } else if (auto* cold = std::get_if<message::warm>(&m)) {
        on_warm(std::move(*cold));
    } else if (std::holds_alternative<message::flushed>(m)) {
        flights_.all_changed(now);
    }
}

void engine::on_loaded(load_id id, load_result result, const instant& now) {
    now_ = now;
    if (batching_loader::is_batch(id)) return batches_.on_loaded(id, std::move(result));
    flights_.on_loaded(id, std::move(result), now);
}

void engine::part_loaded(load_id id, load_result result) {
    flights_.on_loaded(id, std::move(result), now_);
}

void engine::on_deadline(const instant& now) {
    now_ = now;
    flights_.on_deadline(now);
    batches_.on_deadline(now);
    while (const auto due = schedule_.take(now.steady)) refresh_scheduled(*due);
}

std::optional<steady_time> engine::next_deadline() const noexcept {
    std::optional<steady_time> first;
    for (const auto& next : {flights_.next_deadline(), batches_.next_deadline(), schedule_.next()})
        if (next && (!first || *next < *first)) first = next;
    return first;
}

/// Another worker's reader asks for a key of ours. It may have been filled since.
void engine::on_read(message::read m) {
    const entry_key key{m.database, m.key};
    if (process_.shared_store) {
        databases_.set(key.database);  // changes are heard of before the first answer comes
        if (m.who.who == nullptr)
            return flights_.refresh(key, *m.r, std::nullopt, now_, {}, m.early);
        return flights_.join(key, *m.r, std::nullopt, std::move(m.who), now_);
    }
    found_entry found = process_.entries->lookup(key, now_.store);
    apply_floor(found.e, floor_of(*m.r, m.key, found.e.notes.view()));
    const bool stale = judge(found.e, now_.store) == freshness::stale_revalidate;
    if (m.who.who == nullptr) {
        if (stale || m.early == found.e.meta.fresh_until)
            flights_.refresh(key, *m.r, found.lease, now_, {}, m.early);
    } else {
        flights_.join(key, *m.r, found.lease, std::move(m.who), now_);
    }
}

/// Hands a read that is not a hit (or, without a waiter, a refresh) to the key's owner.
void engine::ask(const route& r, entry_key key, waiter who, redis_time early) {
    const std::uint32_t owner = owner_of(r, key);
    message::read request{&r, key.database, std::string{key.key}, std::move(who), early};
    if (owner == worker_)
        on_read(std::move(request));
    else
        host_.post(owner, std::move(request));
}

/// Keys whose loads may go together have one owner, so that they meet.
std::uint32_t engine::owner_of(const route& r, entry_key key) const noexcept {
    if (batch_of(r) != nullptr)
        return static_cast<std::uint32_t>(r.index % process_.metrics.size());
    return static_cast<std::uint32_t>(hash_bytes(key.key, process_.seed + 1 + key.database) %
                                      process_.metrics.size());
}

void engine::deliver(std::vector<waiter> waiters, const read_result& result) {
    std::vector<std::vector<waiter>> elsewhere;
    for (waiter& w : waiters) {
        if (w.worker == worker_) {
            w.who->on_read(w.part, result);
            continue;
        }
        if (elsewhere.empty()) elsewhere.resize(process_.metrics.size());
        elsewhere[w.worker].push_back(std::move(w));
    }
    for (std::uint32_t worker = 0; worker < elsewhere.size(); ++worker)
        if (!elsewhere[worker].empty())
            host_.post(worker, message::results{std::move(elsewhere[worker]), result});
}

/// By message also to ourselves: the flight whose load has just ended is not done with yet.
void engine::pass_turn(load_limiter::ticket next) {
    host_.post(next.worker, message::turn{next.flight});
}

void engine::join(session& client) {
    client.list_index = sessions_.size();
    sessions_.push_back(&client);
    if (dedicated() && client.state().authenticated) pin(client, login_of_clients());
}

void engine::forget(session& client) {
    for (const load_lead& lead : client.leads()) host_.post(lead.worker, message::lead_over{lead});
    if (client.identity().id != 0) {
        session* last = sessions_.back();
        last->list_index = client.list_index;
        sessions_[client.list_index] = last;
        sessions_.pop_back();
    }
    if (!client.mark_touched()) std::erase(touched_, &client);
}

void engine::take_lead(session* client, const load_lead& lead) {
    if (client != nullptr) return client->add(lead);
    host_.post(lead.worker, message::lead_over{lead});
}

/// Those who wait for a client's write hear of it.
void engine::tell_written(session& client, const command_info& info,
                          std::span<const std::string_view> args) {
    if (info.flags.find("write") == std::string_view::npos) return;
    const key_range keys = keys_of(info, args.size());
    for (std::size_t i = keys.first; i <= keys.last && keys.first > 0; i += keys.step) {
        const route* r = process_.routes.find(args[i]);
        if (r == nullptr || !is_client_route(*r)) continue;
        const std::uint16_t database = client.state().database;
        host_.post(owner_of(*r, {database, args[i]}),
                   message::written{database, std::string{args[i]}});
    }
}

void engine::touch(session& client) {
    if (client.mark_touched()) touched_.push_back(&client);
}

std::vector<session*> engine::take_touched() {
    for (session* client : touched_) client->clear_touched();
    return std::exchange(touched_, {});
}

}  // namespace herdgate
