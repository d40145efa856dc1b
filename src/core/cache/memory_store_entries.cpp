// SPDX-License-Identifier: Apache-2.0
//
// memory_store: entries and leases of routed keys.
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "memory_shard.hpp"

namespace herdgate {
namespace {

entry copy_of(const record& r, redis_time now) {
    entry e;
    e.value = r.value;
    e.negative = r.part().negative;
    e.uncacheable = r.part().uncacheable;
    e.meta = r.part().meta;
    e.notes = r.part().notes;
    // The hit path copies no text: a fresh entry's reader has no use for why an earlier load
    // failed.
    const freshness f = judge(e, now);
    if (f != freshness::fresh && f != freshness::negative) e.reason = r.part().reason.view();
    return e;
}

entry_part part_of(const entry& e) {
    entry_part part;
    part.meta = e.meta;
    if (!e.reason.empty()) part.reason = shared_bytes{e.reason};
    part.notes = e.notes;
    part.negative = e.negative;
    part.uncacheable = e.uncacheable;
    return part;
}

std::uint32_t seconds_of(redis_time now) {
    const auto since = std::chrono::duration_cast<seconds>(now.time_since_epoch());
    return static_cast<std::uint32_t>(since.count());
}

record* find_entry(memory_table& table, const hashed_key& key, redis_time now) {
    record* const r = table.find(key, now);
    return r != nullptr && r->is_entry != 0 ? r : nullptr;
}

}  // namespace

found_entry memory_store::lookup(entry_key key, redis_time now) {
    const hashed_key k = hash(key);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    const account books{s.table, bytes_};
    found_entry found;
    found.lease = s.leases.holder(k, now);
    if (record* r = find_entry(s.table, k, now)) {
        found.e = copy_of(*r, now);
        found.copy = r->part().copy;
        r->part().read_at = seconds_of(now);
    }
    return found;
}

entry memory_store::peek(entry_key key, redis_time now) {
    const hashed_key k = hash(key);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    const account books{s.table, bytes_};
    const record* const r = find_entry(s.table, k, now);
    return r == nullptr ? entry{} : copy_of(*r, now);
}

acquire_answer memory_store::acquire(entry_key key, lease_token token, redis_time deadline,
                                     redis_time now, const acquire_limits& limits) {
    HERDGATE_ASSERT(token != 0);
    const hashed_key k = hash(key);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    const account books{s.table, bytes_};
    acquire_answer answer;
    if (const record* r = find_entry(s.table, k, now)) answer.e = copy_of(*r, now);
    apply_floor(answer.e, limits.floor);
    const bool due = limits.early != redis_time{} && limits.early == answer.e.meta.fresh_until;
    if (now < answer.e.meta.fresh_until && !due) {
        answer.status = acquire_status::fresh;
        return answer;
    }
    if (now < answer.e.meta.retry_at) {
        answer.status = acquire_status::backoff;
        return answer;
    }
    const lease_token other = s.leases.holder(k, now);
    if (other != 0 && other != token) {
        answer.status = acquire_status::held;
        answer.held_for = s.leases.left(k, now);
        return answer;
    }
    s.leases.give(k, token, deadline, now);
    answer.status = acquire_status::granted;
    return answer;
}

bool memory_store::renew(entry_key key, lease_token token, redis_time deadline) {
    const hashed_key k = hash(key);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    return s.leases.move(k, token, deadline);
}

// The shard of `key` is locked. False: there is no room.
bool memory_store::store_entry(const hashed_key& key, shared_bytes value, entry_part part,
                               std::uint64_t held) {
    const std::size_t bytes = plain_record_overhead + sizeof(entry_part) + key.key.key.size() +
                              value.size() + part.reason.size() + part.notes.size();
    if (!make_room(bytes, held, index_of(key))) return false;
    memory_table& table = shard_of(key).table;
    {
        const account books{table, bytes_};
        table.put_entry(key, std::move(value), std::move(part));
    }
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return true;
}

fill_status memory_store::fill(entry_key key, lease_token token, const entry& e, redis_time now) {
    const hashed_key k = hash(key);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    if (!s.leases.holds(k, token)) return fill_status::refused;
    entry_part part = part_of(e);
    part.meta.began = s.leases.since(k);
    s.leases.drop(k);
    if (useful_until(e) <= now) {
        const account books{s.table, bytes_};
        if (record* r = find_entry(s.table, k, now)) s.table.erase(*r);
        return fill_status::stored;
    }
    {
        const account books{s.table, bytes_};
        if (const record* r = find_entry(s.table, k, now)) part.read_at = r->part().read_at;
    }
    const bool stored = store_entry(k, e.value, std::move(part), std::uint64_t{1} << index_of(k));
    return stored ? fill_status::stored : fill_status::too_large;
}

bool memory_store::fail(entry_key key, lease_token token, const entry_meta& meta,
                        std::string_view reason, redis_time now) {
    const hashed_key k = hash(key);
    const shared_bytes text = reason.empty() ? shared_bytes{} : shared_bytes{reason};
    entry_part part;
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    if (!s.leases.holds(k, token)) return false;
    s.leases.drop(k);
    shared_bytes value;
    {
        const account books{s.table, bytes_};
        if (const record* r = find_entry(s.table, k, now)) {
            value = r->value;
            part = r->part();
        }
    }
    part.meta = meta;
    part.reason = text;
    // Nothing worth remembering: the load never had its turn.
    if (useful_until(meta, static_cast<bool>(value), part.negative || part.uncacheable) <= now)
        return true;
    // Without room the failure is not remembered; the value that was there stays.
    store_entry(k, std::move(value), std::move(part), std::uint64_t{1} << index_of(k));
    return true;
}

void memory_store::keep(entry_key key, const entry& e, const copy_mark& mark, redis_time now) {
    const hashed_key k = hash(key);
    entry_part part = part_of(e);
    part.copy = mark;
    part.read_at = seconds_of(now);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    if (useful_until(e) > now &&
        store_entry(k, e.value, std::move(part), std::uint64_t{1} << index_of(k)))
        return;
    const account books{s.table, bytes_};
    if (record* const r = find_entry(s.table, k, now)) s.table.erase(*r);
}

void memory_store::slide(entry_key key, const route_policy& policy, redis_time now) {
    const hashed_key k = hash(key);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    const account books{s.table, bytes_};
    record* const r = find_entry(s.table, k, now);
    if (r == nullptr || !slides(policy, r->part().meta, now)) return;
    r->part().meta = slid_meta(policy, r->part().meta, now);
    r->date();
}

redis_time memory_store::last_read(entry_key key, redis_time now) {
    const hashed_key k = hash(key);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    const account books{s.table, bytes_};
    const record* const r = find_entry(s.table, k, now);
    return redis_time{seconds{r == nullptr ? 0 : r->part().read_at}};
}

bool memory_store::forget(entry_key key) {
    const hashed_key k = hash(key);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    const account books{s.table, bytes_};
    record* const r = find_entry(s.table, k, redis_time::min());
    if (r == nullptr) return false;
    s.table.erase(*r);
    return true;
}

void memory_store::release(entry_key key, lease_token token) {
    const hashed_key k = hash(key);
    shard& s = shard_of(k);
    const std::scoped_lock lock{s.mutex};
    if (s.leases.holds(k, token)) s.leases.drop(k);
}

}  // namespace herdgate
