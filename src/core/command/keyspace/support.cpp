// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <algorithm>
#include <utility>

namespace herdgate::keyspace {
namespace {

// Far enough away to mean for ever, near enough for the stale windows to be added without overflow.
constexpr milliseconds entry_life_max{std::int64_t{1} << 52};

redis_time entry_end(redis_time now, redis_time end) noexcept {
    return std::min(end, now + entry_life_max);
}

entry_meta moved(entry_meta meta, redis_time end) noexcept {
    const milliseconds by = end - meta.fresh_until;
    meta.fresh_until += by;
    meta.revalidate_until += by;
    meta.error_until += by;
    return meta;
}

entry_meta written_meta(const keyspace_call& call, const route& r, lifetime life,
                        const key_view& before) {
    if (life.what == lifetime::kind::keep && before && before.is_entry) {
        entry_meta kept = before.meta;
        kept.began = call.now;
        kept.failures = 0;
        kept.retry_at = {};
        return kept;
    }
    milliseconds ttl = r.policy.ttl;
    if (life.what == lifetime::kind::until) ttl = entry_end(call.now, life.end) - call.now;
    return filled_meta(r.policy, call.now, ttl, milliseconds{0});
}

}  // namespace

std::string command_name(const keyspace_call& call) {
    return lower(call.args[0]);
}

bool refuse_routed(keyspace_call& call, std::string_view key) {
    const route* const r = route_of(call, key);
    if (r == nullptr) return false;
    reply_error(call, resp::errors::not_on_route(command_name(call), r->name));
    return true;
}

void reply_value(keyspace_call& call, const shared_bytes& value) {
    if (value) {
        resp::write_bulk(call.out, value.view());
    } else {
        resp::write_null(call.out, call.protocol);
    }
}

bool store_value(const keyspace_call& call, key_access& access, std::string_view key,
                 shared_bytes value, lifetime life, const key_view& before) {
    const entry_key k = key_of(call, key);
    if (life.what == lifetime::kind::until && life.end <= call.now) {
        access.erase(k);
        return true;
    }
    if (const route* r = route_of(call, key)) {
        return access.put_entry(k, std::move(value), written_meta(call, *r, life, before));
    }
    redis_time end = never;
    if (life.what == lifetime::kind::until) end = life.end;
    if (life.what == lifetime::kind::keep && before && !before.is_entry) end = before.expires;
    return access.put_plain(k, std::move(value), end);
}

void move_end(const keyspace_call& call, key_access& access, std::string_view key,
              const key_view& before, redis_time end) {
    const entry_key k = key_of(call, key);
    if (end <= call.now) {
        access.erase(k);
    } else if (route_of(call, key) == nullptr) {
        access.put_plain(k, before.value, end);
    } else if (before.is_entry) {
        access.set_meta(k, moved(before.meta, entry_end(call.now, end)));
    } else {
        store_value(call, access, key, before.value, {lifetime::kind::until, end}, before);
    }
}

bool remove_end(const keyspace_call& call, key_access& access, std::string_view key,
                const key_view& before) {
    const entry_key k = key_of(call, key);
    const route* const r = route_of(call, key);
    if (r == nullptr) {
        if (before.expires == never) return false;
        access.put_plain(k, before.value, never);
    } else if (before.is_entry) {
        access.set_meta(k, moved(before.meta, call.now + r->policy.ttl));
    } else {
        store_value(call, access, key, before.value, {}, before);
    }
    return true;
}

}  // namespace herdgate::keyspace
