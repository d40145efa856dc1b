// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/memory_table.hpp"

#include <utility>

namespace herdgate {
namespace {

constexpr std::size_t buckets_moved_per_expiry = 16;

}  // namespace

memory_table::~memory_table() {
    while (record* r = queue_.newest()) {
        queue_.remove(r);
        record::destroy(r);
    }
}

record* memory_table::find(const hashed_key& key, redis_time now) noexcept {
    record* const r = index_.find(key);
    if (r == nullptr) return nullptr;
    if (r->dead(now)) {
        expire(*r);
        return nullptr;
    }
    r->visited = 1;
    return r;
}

void memory_table::put_plain(const hashed_key& key, shared_bytes value, redis_time last_use) {
    record& r = slot(key, false);
    r.value = std::move(value);
    r.last_use = last_use;
    join(r);
}

void memory_table::put_entry(const hashed_key& key, shared_bytes value, entry_part part) {
    record& r = slot(key, true);
    r.value = std::move(value);
    r.part() = std::move(part);
    r.date();
    join(r);
}

// The record to write to, taken out of the accounts until join() puts it back.
record& memory_table::slot(const hashed_key& key, bool is_entry) {
    record* r = index_.find(key);
    if (r != nullptr && (r->is_entry != 0) == is_entry) {
        leave(*r);
        r->visited = 1;
        return *r;
    }
    record* const made = record::create(key, is_entry);
    if (r != nullptr) erase(*r);
    index_.insert(made);
    queue_.push(made);
    return *made;
}

void memory_table::join(const record& r) noexcept {
    bytes_ += r.charge();
    if (r.last_use != never) ++mortal_;
    if (r.value) ++values_[r.database];
}

void memory_table::leave(const record& r) noexcept {
    bytes_ -= r.charge();
    if (r.last_use != never) --mortal_;
    if (r.value) --values_[r.database];
}

void memory_table::erase(record& r) noexcept {
    leave(r);
    index_.remove(&r);
    queue_.remove(&r);
    record::destroy(&r);
}

void memory_table::expire(record& r) noexcept {
    ++expired_;
    erase(r);
}

std::size_t memory_table::evict_one() noexcept {
    record* const r = queue_.victim();
    if (r == nullptr) return 0;
    const std::size_t freed = r->charge();
    ++evictions_;
    erase(*r);
    return freed;
}

std::size_t memory_table::expire_some(redis_time now, std::size_t budget) noexcept {
    index_.maintain(buckets_moved_per_expiry);
    std::size_t examined = 0;
    // An empty bucket costs a step too, so that a sparse table cannot hold the lock for long.
    for (std::size_t steps = 0; mortal_ > 0 && steps < budget && examined < budget; ++steps) {
        expiry_cursor_ = index_.scan(expiry_cursor_, [&](record& r) {
            ++examined;
            if (r.dead(now)) expire(r);
        });
        if (expiry_cursor_ == 0) break;
    }
    return examined;
}

void memory_table::erase_database(std::uint16_t database) noexcept {
    std::uint64_t cursor = 0;
    do {
        cursor = index_.scan(cursor, [&](record& r) {
            if (r.database == database) erase(r);
        });
    } while (cursor != 0);
}

}  // namespace herdgate
