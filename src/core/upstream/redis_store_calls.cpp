// SPDX-License-Identifier: Apache-2.0
//
// redis_store: calls of its ports, and what Redis answers to them.
#include <algorithm>
#include <utility>

#include "call_words.hpp"
#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/cache/meta_text.hpp"
#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/upstream/redis_store.hpp"

namespace herdgate {
namespace {

using resp::reply_cursor;
using resp::reply_kind;

/// How far ahead a moment lies; what has passed counts as now.
std::string ahead(redis_time moment, redis_time now) {
    if (moment <= now) return "0";
    if (moment - longest >= now) return decimal(longest);
    return decimal(moment - now);
}

/// An entry's notes as lines of its meta, each begun by a line feed.
std::string lines_of(const entry& e) {
    std::string lines = e.uncacheable ? "\nuncacheable 1" : "";
    if (!e.notes) return lines;
    const std::string_view notes = e.notes.view();
    lines += '\n';
    return lines += notes.substr(0, notes.size() - 1);
}

}  // namespace

/// The two elements of HMGET data meta, wherever they are in a reply.
entry redis_store::next_entry(reply_cursor& reply, std::string_view key) {
    const reply_cursor data = reply.next();
    const std::string_view meta = reply.next().text();
    entry e = make_entry(data.is(reply_kind::bulk), data.text(), meta);
    apply_floor(e, user_.floor_of(key, e.notes.view()));
    return e;
}

read_answer redis_store::read_entry(reply_cursor reply, std::string_view key) {
    if (reply.is(reply_kind::array) && reply.array_size() == 2)
        return {store_status::ok, next_entry(reply, key)};
    const bool foreign = reply.is(reply_kind::error) && reply.text().substr(0, 9) == "WRONGTYPE";
    return {foreign ? store_status::foreign : store_status::away, {}};
}

void redis_store::take_look(look l, const instant& now) {
    if (!ready_) {
        if (!patient_) return answer_look(l, {}, now);
        return looks_.push_back(std::move(l));
    }
    const auto next = select(l.database, now);
    if (next == database_switch::step::not_a_place) return answer_look(l, {}, now);
    if (next != database_switch::step::go) return looks_.push_back(std::move(l));
    const std::uint64_t id = ++last_call_;
    send(resp::command({"HMGET", name_of(l.key), "data", "meta"}), purpose::look, id, now);
    looking_.emplace(id, std::move(l));
}

void redis_store::answer_look(const look& l, read_answer answer, const instant& now) {
    if (l.for_edit)
        edits_.on_edit_read(l.asker, std::move(answer), now);
    else
        flights_.on_read(l.asker, std::move(answer), now);
}

void redis_store::read(flight_id id, entry_key key, const instant& now) {
    take_look({false, id, key.database, std::string{key.key}}, now);
}

void redis_store::read_for_edit(edit_id id, entry_key key, const instant& now) {
    take_look({true, id, key.database, std::string{key.key}}, now);
}

void redis_store::acquire(flight_id id, entry_key key, const lease_request& request,
                          const instant& now) {
    const redis_time floor = user_.floor_of(key.key, request.notes).stale;
    run({script::acquire,
         id,
         key.database,
         name_of(key.key),
         {hexadecimal(request.token), decimal(request.lease), settings_.owner, decimal(floor),
          decimal(request.early)}},
        now);
}

void redis_store::renew(flight_id id, entry_key key, lease_token token, milliseconds lease,
                        const instant& now) {
    run({script::renew, id, key.database, name_of(key.key), {hexadecimal(token), decimal(lease)}},
        now);
}

void redis_store::fill(flight_id id, entry_key key, lease_token token, const entry& filled,
                       const instant& now) {
    const entry_meta& m = filled.meta;
    run({script::fill,
         id,
         key.database,
         name_of(key.key),
         {hexadecimal(token),
          filled.value ? "1" : "0",
          {},
          ahead(m.fresh_until, now.store),
          ahead(m.revalidate_until, now.store),
          ahead(m.error_until, now.store),
          decimal(m.load_time),
          lines_of(filled)},
         filled.value,
         2},
        now);
}

void redis_store::fail(flight_id id, entry_key key, lease_token token, const entry& failed,
                       const instant& now) {
    run({script::fail,
         id,
         key.database,
         name_of(key.key),
         {hexadecimal(token), ahead(failed.meta.retry_at, now.store),
          std::to_string(failed.meta.failures), failed.reason}},
        now);
}

void redis_store::release(entry_key key, lease_token token, const instant& now) {
    run({script::release, 0, key.database, name_of(key.key), {hexadecimal(token)}}, now);
}

void redis_store::swap(edit_id id, entry_key key, bool blind, std::uint64_t expected,
                       const entry_change& change, const instant& now) {
    const entry_meta& m = change.e.meta;
    const std::string from = expected == 0 ? "-" : hexadecimal(expected);
    run({script::swap,
         id,
         key.database,
         name_of(key.key),
         {blind ? "*" : from,
          change.keep ? "1" : "0",
          change.e.value ? "1" : "0",
          {},
          ahead(m.fresh_until, now.store),
          ahead(m.revalidate_until, now.store),
          ahead(m.error_until, now.store),
          hexadecimal(change.e.stamp),
          m.began < now.store ? decimal(m.began) : "0",
          lines_of(change.e)},
         change.e.value,
         3},
        now);
}

void redis_store::slide(entry_key key, const route_policy::sliding_window& by, const instant& now) {
    run({script::slide,
         0,
         key.database,
         name_of(key.key),
         {decimal(by.window), decimal(by.extend), decimal(by.max_age)}},
        now);
}

void redis_store::watch(flight_id id, entry_key key, const instant& now) {
    subscriptions_.watch(id, name_of(key.key), now);
}

void redis_store::unwatch(flight_id id, entry_key key) {
    subscriptions_.unwatch(id, name_of(key.key));
}

redis_store::call::call(script s, std::uint64_t who, std::uint16_t in, std::string key_name,
                        std::vector<std::string> words, shared_bytes value, std::size_t value_at)
    : what(s),
      asker(who),
      database(in),
      name(std::move(key_name)),
      args(std::move(words)),
      data(std::move(value)),
      data_at(value_at) {}

void redis_store::run(call c, const instant& now) {
    if (!ready_ && !patient_) return answer_call(c, {}, now);
    const std::uint64_t id = ++last_call_;
    const call& kept = calls_.emplace(id, std::move(c)).first->second;
    if (ready_)
        send_call(id, kept, now);
    else
        later_.push_back(id);
}

void redis_store::send_call(std::uint64_t id, const call& c, const instant& now) {
    const auto next = select(c.database, now);
    if (next == database_switch::step::not_a_place) return on_script(id, {}, now);
    if (next != database_switch::step::go) return later_.push_back(id);
    const auto index = static_cast<std::size_t>(c.what);
    std::vector<std::string_view> words;
    words.reserve(5 + c.args.size());
    words.emplace_back(c.whole ? "EVAL" : "EVALSHA");
    words.push_back(c.whole ? source_of(c.what) : std::string_view{digests_[index]});
    words.emplace_back(c.second.empty() ? "1" : "2");
    words.push_back(c.name);
    if (!c.second.empty()) words.push_back(c.second);
    const std::size_t first_arg = words.size();
    for (const std::string& arg : c.args) words.emplace_back(arg);
    if (c.data) words[first_arg + c.data_at] = c.data.view();
    std::string command;
    resp::write_command(command, words);
    send(command, purpose::script, id, now);
}

/// The reply of a script, or nothing: the link was lost.
void redis_store::on_script(std::uint64_t id, std::string_view frame, const instant& now) {
    const auto found = calls_.find(id);
    HERDGATE_ASSERT(found != calls_.end());
    const reply_cursor reply{frame};
    const bool unknown = reply.is(reply_kind::error) && reply.text().substr(0, 8) == "NOSCRIPT";
    if (unknown && !found->second.whole && ready_) {
        found->second.whole = true;  // it did not run; sent whole, Redis learns it again
        send_call(id, found->second, now);
        if (found->second.what != script::invalidate) return;
        // What was looked up meanwhile is from before, and Redis tells no link of its own changes.
        const std::string key{key_of(found->second)};
        return user_.on_entry_changed(key, now);
    }
    const call done = std::move(found->second);
    calls_.erase(found);
    answer_call(done, reply, now);
}

void redis_store::answer_call(const call& c, reply_cursor reply, const instant& now) {
    switch (c.what) {
        case script::acquire:
            return answer_acquire(c, reply, now);
        case script::renew:
            return flights_.on_renewed(c.asker, reply.next().text() != "lost", now);
        case script::fill:
        case script::fail:
            return answer_stored(c, reply, now);
        case script::swap:
            return answer_swap(c, reply, now);
        case script::enter:
            if (c.asker != 0) answer_enter(c.asker, reply, now);
            return;
        case script::invalidate:
            return answer_invalidate(c, reply, now);
        case script::outdate:
            return answer_outdate(c, reply, now);
        case script::release:
        case script::slide:
        case script::leave:
            return;
    }
}

void redis_store::answer_acquire(const call& c, reply_cursor reply, const instant& now) {
    const std::string_view word = reply.next().text();
    acquire_answer answer{acquire_status::away, {}, {}};
    if (word == "granted") answer.status = acquire_status::granted;
    if (word == "fresh") answer.status = acquire_status::fresh;
    if (word == "backoff") answer.status = acquire_status::backoff;
    if (word == "foreign") answer.status = acquire_status::foreign;
    if (word == "held") {
        answer.status = acquire_status::held;
        answer.held_for = milliseconds{reply.next().integer().value_or(0)};
    }
    answer.e = next_entry(reply, key_of(c));
    flights_.on_acquired(c.asker, std::move(answer), now);
}

void redis_store::answer_stored(const call& c, reply_cursor reply, const instant& now) {
    const std::string_view word = reply.next().text();
    fill_answer answer{fill_status::away, {}};
    if (word == "stored" || word == "recorded") answer.status = fill_status::stored;
    if (word == "refused" || word == "lost") answer.status = fill_status::refused;
    if (word == "foreign") answer.status = fill_status::foreign;
    if (word == "refused") answer.e = next_entry(reply, key_of(c));
    flights_.on_stored(c.asker, std::move(answer), now);
}

void redis_store::answer_swap(const call& c, reply_cursor reply, const instant& now) {
    swap_answer answer;
    if (reply.is(reply_kind::error)) answer.reason = reply.text();
    const std::string_view word = reply.next().text();
    if (word == "swapped") answer.status = swap_status::swapped;
    if (word == "foreign") answer.status = swap_status::foreign;
    if (word == "changed") {
        answer.status = swap_status::changed;
        answer.e = next_entry(reply, key_of(c));
    }
    edits_.on_swapped(c.asker, std::move(answer), now);
}

}  // namespace herdgate
