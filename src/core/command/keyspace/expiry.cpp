// SPDX-License-Identifier: Apache-2.0
//
// EXPIRE, TTL, PERSIST and their relatives. On a routed key the "expiry" is the end of the entry's
// freshness.
#include <algorithm>
#include <limits>

#include "handlers.hpp"
#include "support.hpp"

namespace herdgate::keyspace {
namespace {

struct conditions {
    bool nx = false;
    bool xx = false;
    bool gt = false;
    bool lt = false;
};

// False, with the error written.
bool read_conditions(keyspace_call& call, conditions& c) {
    for (const std::string_view option : call.args.subspan(3)) {
        if (is_word(option, "nx")) {
            c.nx = true;
        } else if (is_word(option, "xx")) {
            c.xx = true;
        } else if (is_word(option, "gt")) {
            c.gt = true;
        } else if (is_word(option, "lt")) {
            c.lt = true;
        } else {
            reply_error(call, resp::errors::unsupported_option(option));
            return false;
        }
    }
    const bool nx_conflict = c.nx && (c.xx || c.gt || c.lt);
    if (nx_conflict) reply_error(call, resp::errors::expire_nx_with_others);
    if (!nx_conflict && c.gt && c.lt) reply_error(call, resp::errors::expire_gt_with_lt);
    return !nx_conflict && !(c.gt && c.lt);
}

// A key that does not expire counts as one that expires last.
bool met(const conditions& c, redis_time current, redis_time wanted) {
    if (c.nx && current != never) return false;
    if (c.xx && current == never) return false;
    if (c.gt && wanted <= current) return false;
    return !(c.lt && wanted >= current && current != never);
}

enum class origin : std::uint8_t { epoch, now };

// Any time is welcome that fits 64 bits of milliseconds; one that has passed erases the key.
bool read_moment(keyspace_call& call, std::int64_t unit, origin from, redis_time& at) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    const auto number = resp::parse_decimal(call.args[2]);
    if (!number) {
        reply_error(call, resp::errors::not_an_integer);
        return false;
    }
    const std::int64_t base = from == origin::now ? call.now.time_since_epoch().count() : 0;
    std::int64_t ms = 0;
    if (__builtin_mul_overflow(*number, unit, &ms) || ms > most - base) {
        reply_error(call, resp::errors::invalid_expire(command_name(call)));
        return false;
    }
    at = representable(redis_time{milliseconds{ms + base}});
    return true;
}

void expire_at(keyspace_call& call, std::int64_t unit, origin from) {
    conditions c;
    redis_time at;
    if (!read_conditions(call, c) || !read_moment(call, unit, from, at)) return;
    const std::string_view key = call.args[1];
    bool changed = false;
    {
        key_access access{call.store, key_of(call, key), call.now};
        const key_view before = access.find(key_of(call, key));
        changed = before && met(c, before.expires, at);
        if (changed) {
            move_end(call, access, key, before, at);
        } else if (!before && at <= call.now) {
            // Means a deletion: a load in progress must not bring the key back.
            access.erase(key_of(call, key));
        }
    }
    reply_integer(call, changed ? 1 : 0);
}

enum class answer : std::uint8_t { left, moment };

void report(keyspace_call& call, std::int64_t unit, answer what) {
    key_view view;
    {
        key_access access{call.store, key_of(call, call.args[1]), call.now};
        view = access.find(key_of(call, call.args[1]));
    }
    if (!view) return reply_integer(call, -2);
    if (view.expires == never) return reply_integer(call, -1);
    std::int64_t ms = view.expires.time_since_epoch().count();
    if (what == answer::left) ms = std::max<std::int64_t>((view.expires - call.now).count(), 0);
    if (unit == 1) return reply_integer(call, ms);
    // Rounded to the nearest, as in Redis, without its overflow at the far end.
    reply_integer(call, ms / unit + (ms % unit >= unit / 2 ? 1 : 0));
}

}  // namespace

void expire(keyspace_call& call) {
    expire_at(call, 1000, origin::now);
}
void pexpire(keyspace_call& call) {
    expire_at(call, 1, origin::now);
}
void expireat(keyspace_call& call) {
    expire_at(call, 1000, origin::epoch);
}
void pexpireat(keyspace_call& call) {
    expire_at(call, 1, origin::epoch);
}

void ttl(keyspace_call& call) {
    report(call, 1000, answer::left);
}
void pttl(keyspace_call& call) {
    report(call, 1, answer::left);
}
void expiretime(keyspace_call& call) {
    report(call, 1000, answer::moment);
}
void pexpiretime(keyspace_call& call) {
    report(call, 1, answer::moment);
}

void persist(keyspace_call& call) {
    const std::string_view key = call.args[1];
    bool changed = false;
    {
        key_access access{call.store, key_of(call, key), call.now};
        const key_view before = access.find(key_of(call, key));
        changed = before && remove_end(call, access, key, before);
    }
    reply_integer(call, changed ? 1 : 0);
}

}  // namespace herdgate::keyspace
