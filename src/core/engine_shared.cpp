// SPDX-License-Identifier: Apache-2.0
//
// engine, continued: commands where the entries live in a shared store. What concerns routed keys
// goes to the worker that owns each key; everything else to Redis as it is. A command that names
// keys of both kinds is taken apart, and its reply put together again.
#include <algorithm>
#include <array>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/words.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/command/key_positions.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "herdgate/core/command/link_rules.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/passed_replies.hpp"
#include "herdgate/core/session/pending_reads.hpp"
#include "herdgate/core/session/pinned_client.hpp"
#include "herdgate/core/session/routed_reads.hpp"
#include "herdgate/core/session/session.hpp"
#include "herdgate/core/upstream/relay.hpp"

namespace herdgate {
namespace {

using words = std::span<const std::string_view>;

constexpr std::size_t kept_command_bytes = 64 * kib;

/// Commands of several keys that can be run key by key.
bool is_separable(const command_info& info) noexcept {
    constexpr std::array<std::string_view, 5> names{"del", "exists", "mset", "touch", "unlink"};
    return std::find(names.begin(), names.end(), info.name) != names.end();
}

}  // namespace

/// The routes of a command's keys, in their order; nullptr for a key that none claims.
std::vector<const route*> engine::routes_of(const command_info& info, words args) const {
    std::vector<const route*> routes;
    if (info.keys == key_layout::searched || info.is_container()) {
        std::vector<std::size_t> positions;
        key_positions(info, args, positions);
        for (const std::size_t at : positions) routes.push_back(process_.routes.find(args[at]));
        return routes;
    }
    const key_range keys = keys_of(info, args.size());
    for (std::size_t i = keys.first; i <= keys.last && keys.first > 0; i += keys.step)
        routes.push_back(process_.routes.find(args[i]));
    return routes;
}

bool engine::names_routed(const command_info& info, words args) const {
    if (configuration().routes.empty()) return false;
    const auto routes = routes_of(info, args);
    return std::any_of(routes.begin(), routes.end(), [](const route* r) { return r != nullptr; });
}

/// A command that names routed keys; false if it names none.
bool engine::run_routed(session& client, const command_info& info, words args) {
    if (configuration().routes.empty()) return false;
    const std::vector<const route*> routes = routes_of(info, args);
    const auto claimed =
        std::find_if(routes.begin(), routes.end(), [](const route* r) { return r != nullptr; });
    if (claimed == routes.end()) return false;
    pinned_client* own = client.own();
    const bool in_transaction = own != nullptr && own->in_transaction();
    if (!in_transaction && !may_use(client, info, args)) return true;
    metrics_.commands_routed.add();
    if (in_transaction) {
        own->queue(info, args);
    } else if (client.state().database >= limits::databases) {
        resp::write_error(client.replies().sink(), resp::errors::database_out_of_range);
    } else if (process_.has_hashes && refuse_kind(client, info, args)) {
        // The reply says why.
    } else if (loads_on_miss(info) && !(info.name == "getex" && args.size() > 2)) {
        read_routed(client, info, args);
    } else if (find_keyspace_handler(info.name) == nullptr ||
               (routes.size() > 1 && !is_separable(info))) {
        resp::write_error(client.replies().sink(),
                          resp::errors::not_on_route(info.name, (*claimed)->name));
    } else if (!process_.write_rules || !refuse_write(client, info, routes)) {
        edit_routed(client, info, args, routes);
    }
    return true;
}

/// A command on routed keys that is no plain read: key by key, each where it belongs.
void engine::edit_routed(session& client, const command_info& info, words args,
                         std::span<const route* const> routes) {
    const key_range keys = keys_of(info, args.size());
    const auto waiting = std::make_shared<pending_reads>(*this, client, info, routes.size());
    for (std::size_t part = 0; part < routes.size(); ++part) waiting->await_one();
    const client_state& state = client.state();
    for (std::uint32_t part = 0; part < routes.size(); ++part) {
        const std::size_t at = keys.first + part * keys.step;
        std::vector<std::string> one{args.begin(), args.end()};
        if (routes.size() > 1) one = {std::string{args[0]}, std::string{args[at]}};
        if (info.name == "mset") one = {"SET", std::string{args[at]}, std::string{args[at + 1]}};
        waiter who{waiting, part, worker_, {}};
        if (routes[part] == nullptr) {
            const std::vector<std::string_view> views{one.begin(), one.end()};
            forward(client, views, std::move(who));
            continue;
        }
        message::edit m{state.database, std::string{args[at]}, std::move(one), state.protocol,
                        std::move(who)};
        if (process_.write_rules && write_by_rule(client, info, routes[part], m)) continue;
        if (info.name == "getex")
            read_first(client, *routes[part], std::move(m));
        else
            send_edit(std::move(m));
    }
}

/// GETEX of a key that has to be loaded: its end is moved when it is there.
class engine::read_then_edit final : public reader {
  public:
    read_then_edit(engine& owner, message::edit m) : owner_(owner), edit_(std::move(m)) {}

    void on_read(std::uint32_t, const read_result& result) override {
        if (result.what == read_result::kind::value) return owner_.send_edit(std::move(edit_));
        waiter who = std::move(edit_.who);
        who.who->on_read(who.part, result);
    }

  private:
    engine& owner_;
    message::edit edit_;
};

void engine::read_first(session& client, const route& r, message::edit m) {
    const std::uint16_t database = m.database;
    const std::string key = m.key;
    const std::optional<read_result> result = read_now(client, r, key);
    auto next = std::make_shared<read_then_edit>(*this, std::move(m));
    if (result) return next->on_read(0, *result);
    ask(r, {database, key}, {std::move(next), 0, worker_, {}});
}

void engine::send_edit(message::edit m) {
    const route* r = process_.routes.find(m.key);
    HERDGATE_ASSERT(r != nullptr);
    const std::uint32_t owner = owner_of(*r, {m.database, m.key});
    if (owner == worker_)
        on_edit(std::move(m));
    else
        host_.post(owner, std::move(m));
}

void engine::on_edit(message::edit m) {
    edits_.start({m.database, m.key}, std::move(m.args), m.protocol, std::move(m.who), now_);
}

/// Tells of emptied databases before the client hears of them.
class engine::flush_seen final : public reader {
  public:
    flush_seen(engine& owner, waiter who) : owner_(owner), who_(std::move(who)) {}

    void on_read(std::uint32_t, const read_result& result) override {
        owner_.entries_flushed();
        who_.who->on_read(who_.part, result);
    }

  private:
    engine& owner_;
    waiter who_;
};

/// A command that no route concerns.
void engine::pass(session& client, const command_info& info, words args) {
    waiter who{client.passed(), client.passed()->open(), worker_, {}};
    if (effect_of(&info, args) == link_effect::flush)
        who.who = std::make_shared<flush_seen>(*this, who);
    forward(client, args, std::move(who));
}

void engine::forward(session& client, words args, waiter who) {
    if (client.own() != nullptr) return client.own()->pass(args, std::move(who));
    if (command_.capacity() > kept_command_bytes) command_ = {};
    command_.clear();
    resp::write_command(command_, args);
    relay_->forward(client.state().protocol, client.state().database, command_, std::move(who),
                    now_);
}

/// Puts the replies of a command's parts together.
void engine::join_replies(const command_info& info, std::span<const read_result> results,
                          std::string& out) {
    for (const read_result& result : results)
        if (result.what == read_result::kind::error) return resp::write_error(out, result.error);
    for (const read_result& result : results)
        if (results.size() == 1 || result.value.view().substr(0, 1) == "-") {
            out += result.value.view();
            return;
        }
    if (info.name == "mset") {
        out += resp::ok;
        return;
    }
    std::int64_t sum = 0;
    for (const read_result& result : results) sum += reply_integer(result);
    resp::write_integer(out, sum);
}

void engine::deliver_reply(waiter who, const read_result& result) {
    std::vector<waiter> one;
    one.push_back(std::move(who));
    deliver(std::move(one), result);
}

void engine::entry_written(entry_key key, bool done) {
    flights_.detach(key);
    process_.entries->forget(key);
    if (done && process_.clients_load) flights_.written(key, now_);
}

void engine::set_coherent(bool coherent) noexcept {
    process_.links[worker_]->epoch = coherent ? ++process_.last_epoch : 0;
}

void engine::set_away(bool away) noexcept {
    process_.links[worker_]->away = away;
    if (!away) metrics_.upstream_connects.add();
}

void engine::entry_changed(std::string_view key, const instant& now) {
    now_ = now;
    metrics_.upstream_changes.add();
    for (std::uint16_t database = 0; database < limits::databases; ++database) {
        if (!databases_[database]) continue;
        process_.entries->forget({database, key});
        flights_.changed({database, key}, now);
    }
}

/// At once for all workers: nobody may be served a copy that was made before.
void engine::entries_flushed() {
    for (const auto& other : process_.links) {
        std::uint32_t epoch = other->epoch;
        if (epoch != 0) other->epoch.compare_exchange_strong(epoch, ++process_.last_epoch);
    }
    for (std::uint32_t worker = 0; worker < process_.links.size(); ++worker)
        host_.post(worker, message::flushed{});
}

void engine::all_changed(const instant& now) {
    now_ = now;
    if (process_.links[worker_]->epoch != 0) set_coherent(true);
    flights_.all_changed(now);
}

/// Keeps a copy near. What the store may not hold is of use only while it cannot be asked.
void engine::learned(entry_key key, const route& r, const entry& found, bool shared) {
    const milliseconds every = r.policy.refresh.every;
    if (every > milliseconds{0} && found.meta.began > redis_time{}) {
        const redis_time next = std::max(found.meta.began + every, found.meta.retry_at);
        schedule_.set(key, now_.steady + (next - now_.store));
    }
    if (!process_.shared_store) return;
    databases_.set(key.database);
    const copy_mark mark{worker_, shared ? process_.links[worker_]->epoch.load() : 0,
                         now_.steady + configuration().near_cache.max_age};
    process_.entries->keep(key, found, mark, now_.store);
}

entry engine::remembered(entry_key key) {
    return process_.entries->lookup(key, now_.store).e;
}

}  // namespace herdgate
