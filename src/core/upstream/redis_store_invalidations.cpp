// SPDX-License-Identifier: Apache-2.0
//
// redis_store: what others say is out of date. For a key the entry is changed, for a route its
// floor (core/fleet/route_floors.hpp):
//
//   herdgate:seen:ENTRY      marker: who has heard the last message about the entry
//   (invalidate.lua) herdgate:floors:PREFIX   floors of all routes (outdate.lua), in the upstream's
//   database
#include <algorithm>
#include <utility>

#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/upstream/redis_store.hpp"

namespace herdgate {
namespace {

std::string since(const invalidation& how) {
    return std::to_string(how.heard_since->time_since_epoch().count());
}

/// The number that a text begins with, taken off it.
redis_time next_time(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return redis_time{milliseconds{resp::parse_decimal(word).value_or(0)}};
}

}  // namespace

void redis_store::invalidate(entry_key key, const invalidation& how, const instant& now) {
    const std::string name = name_of(key.key);
    call c{
        script::invalidate, how.then_refresh ? 1U : 0U, key.database, name, {how.hard ? "1" : "0"}};
    if (how.heard_since) {
        c.second = "herdgate:seen:" + name;
        c.args.push_back(since(how));
        c.args.push_back(settings_.owner);
    }
    run(std::move(c), now);
}

void redis_store::invalidate_route(std::string_view route, const invalidation& how,
                                   const instant& now) {
    call c{script::outdate,
           0,
           settings_.database,
           floors_name(),
           {std::string{route}, how.hard ? "1" : "0",
            how.heard_since ? since(how) : std::string{"0"}, settings_.owner}};
    run(std::move(c), now);
}

void redis_store::read_floors(const instant& now) {
    if (!link_->up()) return;
    select(settings_.database, now);
    send(resp::command({"HGETALL", floors_name()}), purpose::floors, 0, now);
}

void redis_store::on_floors(resp::reply_cursor reply, const instant& now) {
    for (std::size_t left = reply.array_size() / 2; left > 0; --left) {
        const std::string_view route = reply.next().text();
        std::string_view text = reply.next().text();
        const redis_time gone = next_time(text);
        user_.on_floor(route, {gone, next_time(text)}, now);
    }
}

void redis_store::answer_invalidate(const call& c, resp::reply_cursor reply, const instant& now) {
    const bool done = reply.next().text() == "done" && reply.next().integer() == 1;
    if (done && c.asker != 0) user_.on_refresh_due({c.database, key_of(c)}, now);
}

/// Where the store cannot say it: up to now, for this process alone.
void redis_store::answer_outdate(const call& c, resp::reply_cursor reply, const instant& now) {
    route_floor floor{c.args[1] == "1" ? now.store : redis_time{}, now.store};
    if (reply.next().text() == "done") {
        std::string_view gone = reply.next().text();
        std::string_view stale = reply.next().text();
        floor = {next_time(gone), next_time(stale)};
    }
    user_.on_floor(c.args[0], floor, now);
}

std::string_view redis_store::key_of(const call& c) const {
    return std::string_view{c.name}.substr(settings_.prefix.size());
}

}  // namespace herdgate
