// SPDX-License-Identifier: Apache-2.0
//
// redis_store: places of the fleet's loads.
//
//   herdgate:places:PREFIX ROUTE          who holds one and who waits, in the upstream's database
//   herdgate:places:PREFIX ROUTE:TOKEN    the channel on which one who waits is told
#include <utility>

#include "call_words.hpp"
#include "herdgate/core/upstream/redis_store.hpp"

namespace herdgate {

using resp::reply_cursor;

std::string redis_store::name_of(const fleet_places& places) const {
    return "herdgate:places:" + settings_.prefix + std::string{places.route};
}

std::string redis_store::channel_of(const fleet_places& places, lease_token token) const {
    return name_of(places) + ":" + hexadecimal(token);
}

void redis_store::enter(flight_id id, const fleet_places& where, lease_token token,
                        milliseconds lease, const instant& now) {
    run({script::enter,
         id,
         settings_.database,
         name_of(where),
         {hexadecimal(token), decimal(lease), std::to_string(where.limit), "0"}},
        now);
}

void redis_store::keep_place(const fleet_places& where, lease_token token, milliseconds lease,
                             const instant& now) {
    run({script::enter,
         0,
         settings_.database,
         name_of(where),
         {hexadecimal(token), decimal(lease), std::to_string(where.limit), "1"}},
        now);
}

void redis_store::leave(const fleet_places& where, lease_token token, const instant& now) {
    run({script::leave,
         0,
         settings_.database,
         name_of(where),
         {hexadecimal(token), std::to_string(where.limit)}},
        now);
}

void redis_store::watch_place(flight_id id, const fleet_places& where, lease_token token,
                              const instant& now) {
    subscriptions_.watch(id, channel_of(where, token), now);
}

void redis_store::unwatch_place(flight_id id, const fleet_places& where, lease_token token) {
    subscriptions_.unwatch(id, channel_of(where, token));
}

void redis_store::answer_enter(std::uint64_t asker, reply_cursor reply, const instant& now) {
    place_answer answer;
    const std::string_view word = reply.next().text();
    if (word == "entered") answer.status = place_status::entered;
    if (word == "queued") {
        answer.status = place_status::queued;
        reply.next();
        answer.look_in = milliseconds{reply.next().integer().value_or(0)};
    }
    flights_.on_entered(asker, answer, now);
}

}  // namespace herdgate
