// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/key_access.hpp"

#include <bit>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "memory_shard.hpp"

namespace herdgate {

key_access::key_access(memory_store& store, entry_key key, redis_time now)
    : store_(store), now_(now) {
    held_ = std::uint64_t{1} << store.index_of(store.hash(key));
    lock();
}

key_access::key_access(memory_store& store, entry_key first, entry_key second, redis_time now)
    : store_(store), now_(now) {
    held_ = std::uint64_t{1} << store.index_of(store.hash(first));
    held_ |= std::uint64_t{1} << store.index_of(store.hash(second));
    lock();
}

key_access::key_access(memory_store& store, std::uint16_t database,
                       std::span<const std::string_view> keys, std::size_t step, redis_time now)
    : store_(store), now_(now) {
    for (std::size_t i = 0; i < keys.size(); i += step) {
        held_ |= std::uint64_t{1} << store.index_of(store.hash({database, keys[i]}));
    }
    lock();
}

// Ascending: two commands that share shards cannot wait for each other.
void key_access::lock() noexcept {
    for (std::uint64_t left = held_; left != 0; left &= left - 1) {
        store_.shards_[static_cast<std::size_t>(std::countr_zero(left))].mutex.lock();
    }
}

key_access::~key_access() {
    for (std::uint64_t left = held_; left != 0; left &= left - 1) {
        store_.shards_[static_cast<std::size_t>(std::countr_zero(left))].mutex.unlock();
    }
}

key_view key_access::find(entry_key key) {
    const hashed_key k = store_.hash(key);
    memory_table& table = store_.shard_of(k).table;
    const account books{table, store_.bytes_};
    const record* const r = table.find(k, now_);
    key_view view;
    if (r == nullptr || !r->servable(now_)) return view;
    view.value = r->value;
    view.is_entry = r->is_entry != 0;
    view.expires = r->last_use;
    if (view.is_entry) {
        view.meta = r->part().meta;
        view.expires = view.meta.fresh_until;
    }
    return view;
}

bool key_access::put_plain(entry_key key, shared_bytes value, redis_time expires) {
    const hashed_key k = store_.hash(key);
    const std::size_t bytes = plain_record_overhead + key.key.size() + value.size();
    if (!store_.make_room(bytes, held_, store_.index_of(k))) return false;
    memory_store::shard& s = store_.shard_of(k);
    {
        const account books{s.table, store_.bytes_};
        s.table.put_plain(k, std::move(value), expires);
    }
    store_.bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    s.leases.drop(k);
    return true;
}

bool key_access::put_entry(entry_key key, shared_bytes value, const entry_meta& meta) {
    const hashed_key k = store_.hash(key);
    entry_part part;
    part.meta = meta;
    if (!store_.store_entry(k, std::move(value), std::move(part), held_)) return false;
    store_.shard_of(k).leases.drop(k);
    return true;
}

void key_access::set_meta(entry_key key, const entry_meta& meta) {
    const hashed_key k = store_.hash(key);
    memory_store::shard& s = store_.shard_of(k);
    const account books{s.table, store_.bytes_};
    record* const r = s.table.find(k, now_);
    HERDGATE_ASSERT(r != nullptr && r->is_entry != 0);
    entry_part part = r->part();
    part.meta = meta;
    s.table.put_entry(k, r->value, std::move(part));
    s.leases.drop(k);
}

bool key_access::erase(entry_key key) {
    const hashed_key k = store_.hash(key);
    memory_store::shard& s = store_.shard_of(k);
    const account books{s.table, store_.bytes_};
    s.leases.drop(k);
    record* const r = s.table.find(k, now_);
    if (r == nullptr) return false;
    const bool visible = r->servable(now_);
    s.table.erase(*r);
    return visible;
}

bool key_access::fits(entry_key key, std::size_t value_bytes) const noexcept {
    return plain_record_overhead + sizeof(entry_part) + key.key.size() + value_bytes <=
           store_.largest_record();
}

}  // namespace herdgate
