// SPDX-License-Identifier: Apache-2.0
//
// engine, continued: reads of routed keys.
#include <algorithm>
#include <array>
#include <utility>

#include "herdgate/core/cache/key_access.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/hash_reads.hpp"
#include "herdgate/core/session/herdgate_command.hpp"
#include "herdgate/core/session/pending_reads.hpp"
#include "herdgate/core/session/routed_reads.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {
namespace {

/// How long a refresh that was asked for is not asked for again.
constexpr milliseconds refresh_mark{100};

read_result value_result(shared_bytes value) {
    return {read_result::kind::value, std::move(value), {}};
}

/// As in Redis: a hash among strings.
bool nil_in_mget(const command_info& info, const route& r) noexcept {
    return r.as_hash && info.name == "mget";
}

}  // namespace

/// True, with the error written, if a command is not for the kind of value that one of its keys
/// has.
bool engine::refuse_kind(session& client, const command_info& info,
                         std::span<const std::string_view> args) {
    if (is_hash_read(info) || fits_any_kind(info) || info.name == "mget") return false;
    const key_range keys = keys_of(info, args.size());
    for (std::size_t i = keys.first; i <= keys.last && keys.first > 0; i += keys.step) {
        const route* r = process_.routes.find(args[i]);
        if (r == nullptr || !r->as_hash) continue;
        if (loads_on_miss(info))
            resp::write_error(client.replies().sink(), resp::errors::wrong_type);
        else
            resp::write_error(client.replies().sink(),
                              resp::errors::not_on_route(info.name, r->name));
        return true;
    }
    return false;
}

/// Runs a read if a route claims one of its keys; otherwise does nothing and returns false.
bool engine::read_routed(session& client, const command_info& info,
                         std::span<const std::string_view> args) {
    const key_range keys = keys_of(info, args.size());
    if (keys.first == keys.last) {
        const route* r = process_.routes.find(args[keys.first]);
        if (r != nullptr) read_one(client, info, args, *r);
        return r != nullptr;
    }
    std::vector<const route*> routes;
    for (std::size_t i = keys.first; i <= keys.last; i += keys.step)
        routes.push_back(process_.routes.find(args[i]));
    if (std::all_of(routes.begin(), routes.end(), [](const route* r) { return r == nullptr; }))
        return false;
    read_several(client, info, args, routes);
    return true;
}

void engine::read_one(session& client, const command_info& info,
                      std::span<const std::string_view> args, const route& r) {
    if (is_hash_read(info) && !r.as_hash)
        return resp::write_error(client.replies().sink(),
                                 resp::errors::not_on_route(info.name, r.name));
    if (const std::string_view error = bad_arguments(info, args); !error.empty())
        return resp::write_error(client.replies().sink(), error);
    const std::string_view key = args[static_cast<std::size_t>(info.first_key)];
    std::optional<read_result> result;
    if (nil_in_mget(info, r))
        result.emplace();
    else
        result = read_now(client, r, key);
    if (result) return finish_reads(client, info, args, {&*result, 1}, client.replies().sink());
    const auto waiting = std::make_shared<pending_reads>(*this, client, info, 1);
    if (reply_needs_args(info)) waiting->args.assign(args.begin(), args.end());
    waiting->await_one();
    ask(r, {client.state().database, key}, {waiting, 0, worker_, {}});
}

void engine::read_several(session& client, const command_info& info,
                          std::span<const std::string_view> args,
                          std::span<const route* const> routes) {
    const key_range keys = keys_of(info, args.size());
    std::vector<read_result> results(routes.size());
    std::vector<std::uint32_t> missing;
    for (std::uint32_t part = 0; part < routes.size(); ++part) {
        const std::string_view key = args[keys.first + part * keys.step];
        std::optional<read_result> result;
        if (routes[part] != nullptr && nil_in_mget(info, *routes[part]))
            result.emplace();
        else if (routes[part] != nullptr)
            result = read_now(client, *routes[part], key);
        else if (!process_.shared_store)
            result = read_plain(client, key);
        if (result)
            results[part] = *std::move(result);
        else
            missing.push_back(part);
    }
    if (missing.empty()) return finish_reads(client, info, args, results, client.replies().sink());
    const auto waiting = std::make_shared<pending_reads>(*this, client, info, results.size());
    for (std::size_t i = 0; i < missing.size(); ++i) waiting->await_one();
    for (std::uint32_t part = 0; part < results.size(); ++part)
        waiting->set(part, std::move(results[part]));
    for (const std::uint32_t part : missing) {
        const std::string_view key = args[keys.first + part * keys.step];
        waiter who{waiting, part, worker_, {}};
        if (routes[part] != nullptr) {
            ask(*routes[part], {client.state().database, key}, std::move(who));
        } else {
            const std::array<std::string_view, 2> one{info.name == "mget" ? "get" : info.name, key};
            forward(client, one, std::move(who));
        }
    }
}

/// Whether a copy of a shared store's entry may be served as it is. One that may be out of date
/// may still while the store cannot be asked.
bool engine::usable(const found_entry& found) const noexcept {
    if (store_away(found)) return true;
    const store_link& link = *process_.links[found.copy.worker];
    return found.copy.epoch != 0 && now_.steady < found.copy.until &&
           found.copy.epoch == link.epoch.load(std::memory_order_relaxed);
}

bool engine::store_away(const found_entry& found) const noexcept {
    return process_.shared_store &&
           process_.links[found.copy.worker]->away.load(std::memory_order_relaxed);
}

/// Answers a read from what is stored, if it need not wait. Starts a refresh where one is due.
std::optional<read_result> engine::read_now(session& client, const route& r, std::string_view key) {
    const entry_key where{client.state().database, key};
    found_entry found = process_.entries->lookup(where, now_.store);
    route_metrics& count = metrics_.routes[r.index];
    count.lookups.add();
    if (process_.shared_store && !usable(found)) return std::nullopt;
    if (process_.floors.any()) apply_floor(found.e, floor_of(r, key, found.e.notes.view()));
    const bool backing_off = now_.store < found.e.meta.retry_at;
    switch (judge(found.e, now_.store)) {
        case freshness::fresh:
            count.hits_fresh.add();
            if (found.lease == 0 && !backing_off) before_end(r, where, found.e.meta);
            return value_result(std::move(found.e.value));
        case freshness::stale_revalidate:
            if (found.lease == 0 && !backing_off && process_.clients_load &&
                std::holds_alternative<client_load>(r.load)) {
                ask_no_more(where, {});
                return std::nullopt;  // this client may be told to load
            }
            count.hits_stale.add();
            if (found.lease == 0 && !backing_off) refresh(r, where);
            return value_result(std::move(found.e.value));
        case freshness::negative:
            count.negative_hits.add();
            return read_result{};
        case freshness::stale_if_error:
            if (!backing_off && !store_away(found)) return std::nullopt;
            if (found.lease == 0 && !backing_off) refresh(r, where);
            count.hits_stale.add();
            return value_result(std::move(found.e.value));
        case freshness::uncacheable:
            return std::nullopt;
        case freshness::absent:
            break;
    }
    if (!backing_off) return std::nullopt;
    count.backoff.add();
    count.errors.add();
    return read_result{read_result::kind::error,
                       {},
                       resp::errors::backing_off(r.name, found.e.reason,
                                                 (found.e.meta.retry_at - now_.store).count())};
}

/// With a shared store the lease of a load is not seen here: a mark of our own keeps the readers
/// that come meanwhile from asking as well.
void engine::ask_no_more(entry_key key, redis_time early) {
    if (process_.shared_store)
        process_.entries->acquire(key, 1, now_.store + refresh_mark, now_.store, {early, {}});
}

/// Has the owner refresh an entry.
void engine::refresh(const route& r, entry_key key, redis_time early) {
    ask_no_more(key, early);
    ask(r, key, {}, early);
}

/// A read of an entry that is fresh may have it loaded before its end, or move the end.
void engine::before_end(const route& r, entry_key key, const entry_meta& meta) {
    const route_policy& policy = r.policy;
    if (policy.refresh.by_chance()) {
        if (refresh_early(policy, meta, now_.store, random_.unit()))
            refresh(r, key, meta.fresh_until);
    } else if (slides(policy, meta, now_.store)) {
        metrics_.routes[r.index].slides.add();
        process_.entries->slide(key, policy, now_.store);
        if (process_.shared_store) editor_->slide(key, *policy.sliding, now_);
    }
}

/// So long after a load the next one, until nobody reads the key any more.
void engine::refresh_scheduled(const refresh_schedule::due_key& due) {
    const entry_key key{due.database, due.key};
    const route* r = process_.routes.find(key.key);
    const entry found = process_.entries->peek(key, now_.store);
    if (r == nullptr || judge(found, now_.store) == freshness::absent) return;
    const redis_time read = process_.entries->last_read(key, now_.store);
    if (now_.store - read > r->policy.refresh.idle) return;
    flights_.refresh(key, *r, std::nullopt, now_, {}, found.meta.fresh_until);
}

/// A key that no route claims, among others that one does.
read_result engine::read_plain(session& client, std::string_view key) {
    const entry_key where{client.state().database, key};
    key_access access{*process_.entries, where, now_.store};
    shared_bytes value = access.find(where).value;
    return value ? value_result(std::move(value)) : read_result{};
}

void engine::render(session& client, const pending_reads& command,
                    std::span<const read_result> results, std::string& out) {
    if (command.info.name == "herdgate")
        return render_herdgate(*this, command, results, client.state().protocol, out);
    if (command.info.name == "client") {
        std::string text;
        for (const read_result& part : results) text += part.value.view();
        return resp::write_text(out, text, client.state().protocol);
    }
    const std::vector<std::string_view> args{command.args.begin(), command.args.end()};
    const bool joined = std::any_of(results.begin(), results.end(), [](const read_result& r) {
        return r.what == read_result::kind::reply;
    });
    if (joined && !(results.size() > 1 && loads_on_miss(command.info)))
        return join_replies(command.info, results, out);
    finish_reads(client, command.info, args, results, out);
}

/// The reply of a read whose results are all known.
void engine::finish_reads(session& client, const command_info& info,
                          std::span<const std::string_view> args,
                          std::span<const read_result> results, std::string& out) {
    if (results.size() > 1) {
        std::size_t bytes = 0;
        for (const read_result& result : results) bytes += result.value.size();
        if (bytes > output_limit()) return resp::write_error(out, resp::errors::reply_too_large);
    }
    if (info.name == "getex" && args.size() > 2 && move_expiry(client, args, out)) return;
    render_reads(info, args, results, client.state().protocol, out);
}

/// GETEX with an option, of a key that is there by now. False if it is not: a write came between,
/// or there was no room for it; the reader has its value all the same.
bool engine::move_expiry(session& client, std::span<const std::string_view> args,
                         std::string& out) {
    std::string reply;
    run_keyspace(client, args, find_keyspace_handler("getex"), reply);
    std::string nothing;
    resp::write_null(nothing, client.state().protocol);
    if (reply == nothing) return false;
    out += reply;
    return true;
}

void engine::run_keyspace(session& client, std::span<const std::string_view> args,
                          keyspace_handler run, std::string& out) {
    const client_state& state = client.state();
    keyspace_call call{*process_.entries, &process_.routes, state.database, state.protocol,
                       now_.store,        random(),         args,           out,
                       output_limit()};
    run(call);
}

}  // namespace herdgate
