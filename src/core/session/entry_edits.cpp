// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/entry_edits.hpp"

#include <algorithm>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/words.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/explanation.hpp"

namespace herdgate {
namespace {

constexpr int attempts_max = 16;
constexpr std::size_t record_room = 64 * 1024;  ///< beside the value

using words = std::vector<std::string_view>;

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(),
                       [&](std::string_view name) { return is_word(word, name); });
}

/// Whether the outcome is the same whatever there was before.
bool ignores_what_was_there(const words& args) {
    if (is_one_of(args[0], {"setex", "psetex"})) return true;
    return is_word(args[0], "set") && std::none_of(args.begin() + 3, args.end(), [](auto word) {
               return is_one_of(word, {"nx", "xx", "get", "keepttl"});
           });
}

/// Ends a load in progress even where there is no value to erase yet.
bool erases(std::string_view name) {
    return is_one_of(name, {"del", "unlink", "getdel"});
}

bool same(const entry& a, const entry& b) {
    return a.value.view().data() == b.value.view().data() && a.negative == b.negative &&
           a.meta == b.meta;
}

}  // namespace

entry_edits::entry_edits(const route_table& routes, std::size_t largest_value,
                         entry_edits_host& host, std::uint64_t seed)
    : routes_(routes),
      host_(host),
      random_(seed),
      copy_(4 * (largest_value + limits::bulk_bytes / 512 + record_room), seed, 1) {}

void entry_edits::start(entry_key key, std::vector<std::string> args, resp::protocol protocol,
                        waiter who, const instant& now) {
    const edit_id id = ++last_id_;
    const edit& e = edits_
                        .emplace(id, edit{key.database,
                                          std::string{key.key},
                                          std::move(args),
                                          protocol,
                                          std::move(who),
                                          {}})
                        .first->second;
    if (ignores_what_was_there({e.args.begin(), e.args.end()})) return apply(id, {}, now);
    store_->read_for_edit(id, e.where(), now);
}

/// Runs the command's handler on a copy of the entry, and has the store take over the result.
void entry_edits::apply(edit_id id, const entry& found, const instant& now) {
    edit& e = edits_.at(id);
    const words args{e.args.begin(), e.args.end()};
    copy_.flush(e.database);
    copy_.keep(e.where(), found, {}, now.store);
    const entry before = copy_.lookup(e.where(), now.store).e;
    if (is_word(args[0], "herdgate"))
        return finish(
            id, {read_result::kind::value, shared_bytes{explain_entry(before, now.store)}, {}});
    e.reply.clear();
    keyspace_call call{copy_, &routes_, e.database, e.protocol, now.store, 0, args, e.reply};
    find_keyspace_handler(lower(args[0]))(call);
    entry after = copy_.lookup(e.where(), now.store).e;
    copy_.flush(e.database);
    e.blind = ignores_what_was_there(args);
    const bool refused = !e.reply.empty() && e.reply.front() == '-';
    if (refused || (same(before, after) && !erases(args[0])))
        return finish(id, {read_result::kind::reply, shared_bytes{e.reply}, {}});
    host_.entry_written(e.where(), false);
    entry_change change;
    change.keep = after.value || after.negative;
    change.e = std::move(after);
    change.e.stamp = random_.next() | 1;
    store_->swap(id, e.where(), e.blind, found.stamp, change, now);
}

void entry_edits::on_edit_read(edit_id id, read_answer answer, const instant& now) {
    if (answer.status == store_status::ok) return apply(id, answer.e, now);
    fail(id, answer.status == store_status::foreign ? resp::errors::wrong_type
                                                    : resp::errors::upstream_away);
}

void entry_edits::on_swapped(edit_id id, swap_answer answer, const instant& now) {
    edit& e = edits_.at(id);
    switch (answer.status) {
        case swap_status::swapped:
            host_.entry_written(e.where(), true);
            return finish(id, {read_result::kind::reply, shared_bytes{e.reply}, {}});
        case swap_status::changed:
            if (++e.attempts < attempts_max) return apply(id, answer.e, now);
            return fail(id, resp::errors::entry_busy);
        case swap_status::foreign:
            return fail(id, resp::errors::wrong_type);
        case swap_status::away:
            host_.entry_written(e.where(), true);
            return fail(id, answer.reason.empty() ? resp::errors::upstream_away : answer.reason);
    }
}

void entry_edits::fail(edit_id id, std::string_view error) {
    finish(id, {read_result::kind::error, {}, std::string{error}});
}

void entry_edits::finish(edit_id id, const read_result& result) {
    const auto found = edits_.find(id);
    HERDGATE_ASSERT(found != edits_.end());
    waiter who = std::move(found->second.who);
    edits_.erase(found);
    host_.deliver_reply(std::move(who), result);
}

}  // namespace herdgate
