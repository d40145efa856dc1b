// SPDX-License-Identifier: Apache-2.0
//
// engine, continued: what operators ask for, over RESP (HERDGATE, CLIENT LIST) and HTTP. Each
// worker tells of itself and of the keys that it owns, by message.
#include <array>
#include <utility>

#include "herdgate/core/cache/key_access.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/fleet/invalidation_message.hpp"
#include "herdgate/core/session/explanation.hpp"
#include "herdgate/core/session/pending_reads.hpp"
#include "herdgate/core/session/reports.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {
namespace {

using words = std::span<const std::string_view>;

read_result text_result(std::string_view text) {
    return {read_result::kind::value, shared_bytes{text}, {}};
}

/// A command that waits for `parts` results.
std::shared_ptr<pending_reads> waiting_for(engine& owner, session& client, const command_info& info,
                                           words args, std::size_t parts) {
    auto waiting = std::make_shared<pending_reads>(owner, client, info, parts);
    waiting->args.assign(args.begin(), args.end());
    for (std::size_t i = 0; i < parts; ++i) waiting->await_one();
    return waiting;
}

}  // namespace

void engine::describe(session& client, const command_info& info, words args,
                      message::describe::subject what) {
    const auto workers = static_cast<std::uint32_t>(process_.metrics.size());
    const auto waiting = waiting_for(*this, client, info, args, workers);
    for (std::uint32_t worker = 0; worker < workers; ++worker)
        host_.post(worker, message::describe{what, {waiting, worker, worker_, steady_time::max()}});
}

void engine::on_describe(message::describe m) {
    std::string text;
    if (m.what == message::describe::subject::flights)
        text = flights_report(flights_.list(listed_flights_max, now_));
    else
        for (const session* client : sessions_) text += client->describe(now_.steady) + "\n";
    deliver_reply(std::move(m.who), text_result(text));
}

void engine::explain(session& client, const command_info& info, words args) {
    const std::string_view key = args[2];
    const client_state& state = client.state();
    if (process_.routes.find(key) == nullptr)
        return resp::write_text(client.replies().sink(), herdgate::explain(configuration(), key),
                                state.protocol);
    const auto waiting = waiting_for(*this, client, info, args, 2);
    const entry_key where{state.database, key};
    host_.post(owner_of(*process_.routes.find(key), where),
               message::inspect{where.database, std::string{key},
                                waiter{waiting, 0, worker_, steady_time::max()}});
    waiter who{waiting, 1, worker_, steady_time::max()};
    if (process_.shared_store)
        return send_edit({where.database,
                          std::string{key},
                          {"HERDGATE", std::string{key}},
                          state.protocol,
                          std::move(who)});
    const entry found = process_.entries->lookup(where, now_.store).e;
    who.who->on_read(who.part, text_result(explain_entry(found, now_.store)));
}

void engine::on_inspect(message::inspect m) {
    const auto flight = flights_.look({m.database, m.key}, now_);
    deliver_reply(std::move(m.who), text_result(explain_flight(flight)));
}

void engine::refresh(session& client, const command_info& info, words args) {
    refresh({client.state().database, args[2]},
            {waiting_for(*this, client, info, args, 1), 0, worker_, {}}, now_);
}

void engine::invalidate(session& client, const command_info& info, words args, std::string& out) {
    const std::uint16_t database = client.state().database;
    if (!process_.shared_store) {
        const std::array<std::string_view, 2> erase{"DEL", args[2]};
        return run_keyspace(client, erase, find_keyspace_handler("del"), out);
    }
    send_edit({database,
               std::string{args[2]},
               {"DEL", std::string{args[2]}},
               client.state().protocol,
               {waiting_for(*this, client, info, args, 1), 0, worker_, {}}});
}

void engine::invalidate_tag(session& client, const command_info& info, words args, bool stale) {
    using mode = route_policy::invalidation;
    const std::string& channel = configuration().fleet.invalidation_channel;
    invalidate_tag(args[3], stale ? mode::stale : mode::erase, now_);
    if (!process_.shared_store || channel.empty()) {
        client.replies().sink() += resp::ok;
        return;
    }
    const std::string message = message_of_tag(args[3], stale);
    const std::array<std::string_view, 3> publish{"PUBLISH", channel, message};
    forward(client, publish, {waiting_for(*this, client, info, args, 1), 0, worker_, {}});
}

void engine::warm(session& client, const command_info& info, words args) {
    const words keys = args.subspan(2);
    const auto waiting = waiting_for(*this, client, info, args, keys.size());
    for (std::uint32_t part = 0; part < keys.size(); ++part) {
        const entry_key where{client.state().database, keys[part]};
        warm(where, waiter{waiting, part, worker_, {}});
    }
}

bool engine::warm(entry_key key, waiter who, const instant& now) {
    now_ = now;
    who.worker = worker_;
    return warm(key, std::move(who));
}

bool engine::warm(entry_key key, waiter who) {
    const route* r = process_.routes.find(key.key);
    if (r == nullptr) return false;
    host_.post(owner_of(*r, key),
               message::warm{r, key.database, std::string{key.key}, std::move(who)});
    return true;
}

/// The result is a value if there was nothing to load, else as of a refresh.
void engine::on_warm(message::warm m) {
    const entry_key key{m.database, m.key};
    found_entry found = process_.entries->lookup(key, now_.store);
    apply_floor(found.e, floor_of(m.key, found.e.notes.view()));
    const freshness state = judge(found.e, now_.store);
    const bool known = !process_.shared_store || usable(found);
    if (known && (state == freshness::fresh || state == freshness::negative))
        return deliver_reply(std::move(m.who), text_result({}));
    databases_.set(key.database);  // changes are heard of before the first answer comes
    const std::optional<lease_token> lease =
        process_.shared_store ? std::nullopt : std::optional{found.lease};
    flights_.refresh(key, *m.r, lease, now_, std::move(m.who));
}

/// In the embedded store: a value is fresh no longer, and keeps its stale windows; anything else
/// goes. A load in progress loses its lease.
void engine::outdate(entry_key key) {
    key_access access{*process_.entries, key, now_.store};
    const key_view found = access.find(key);
    if (!found || !found.is_entry) {
        access.erase(key);
        return;
    }
    entry_meta meta = found.meta;
    meta.fresh_until = std::min(meta.fresh_until, now_.store);
    meta.retry_at = {};
    access.set_meta(key, meta);
}

}  // namespace herdgate
