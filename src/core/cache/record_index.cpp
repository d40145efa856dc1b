// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/record_index.hpp"

#include <algorithm>
#include <bit>
#include <new>

#include "herdgate/core/base/assert.hpp"

namespace herdgate {
namespace {

constexpr std::size_t buckets_min = 16;
constexpr std::size_t buckets_max = std::size_t{1}
                                    << 28;  // as many as a record's hash can tell apart
constexpr std::size_t moved_per_insert = 2;
constexpr std::size_t empty_skipped_per_move = 10;

std::uint64_t reverse_bits(std::uint64_t v) noexcept {
    v = ((v >> 1) & 0x5555555555555555U) | ((v & 0x5555555555555555U) << 1);
    v = ((v >> 2) & 0x3333333333333333U) | ((v & 0x3333333333333333U) << 2);
    v = ((v >> 4) & 0x0f0f0f0f0f0f0f0fU) | ((v & 0x0f0f0f0f0f0f0f0fU) << 4);
    return __builtin_bswap64(v);
}

}  // namespace

record_index::record_index() : from_(make(buckets_min)) {
    if (from_.size == 0) throw std::bad_alloc{};
}

// calloc: the pages of a large table arrive zeroed one by one, not all while a lock is held.
record_index::buckets record_index::make(std::size_t size) noexcept {
    buckets made;
    made.heads.reset(static_cast<record**>(std::calloc(size, sizeof(record*))));
    made.size = made.heads ? size : 0;
    return made;
}

record** record_index::head_of(std::uint32_t hash) const noexcept {
    const std::size_t old = hash & from_.mask();
    if (moving() && old < moved_) return &to_.heads[hash & to_.mask()];
    return &from_.heads[old];
}

record* record_index::find(const hashed_key& key) const noexcept {
    const auto hash = static_cast<std::uint32_t>(key.hash & record::hash_mask);
    record* r = *head_of(hash);
    while (r != nullptr && !r->matches(key)) r = r->next;
    if (r != nullptr || !moving()) return r;
    // A new record of a bucket that was not moved yet.
    r = to_.heads[hash & to_.mask()];
    while (r != nullptr && !r->matches(key)) r = r->next;
    return r;
}

void record_index::insert(record* r) noexcept {
    if (!moving() && size_ >= from_.size) start_move(from_.size * 2);
    if (moving()) move_buckets(moved_per_insert);
    record** head = moving() ? &to_.heads[r->hash & to_.mask()] : head_of(r->hash);
    r->next = *head;
    *head = r;
    ++size_;
}

void record_index::remove(record* r) noexcept {
    record** link = head_of(r->hash);
    while (*link != nullptr && *link != r) link = &(*link)->next;
    if (*link == nullptr) {
        HERDGATE_ASSERT(moving());
        link = &to_.heads[r->hash & to_.mask()];
        while (*link != r) link = &(*link)->next;
    }
    *link = r->next;
    r->next = nullptr;
    --size_;
}

void record_index::maintain(std::size_t count) noexcept {
    if (!moving() && from_.size > buckets_min && size_ < from_.size / 8) {
        start_move(std::max(buckets_min, std::bit_ceil(size_ * 2)));
    }
    if (moving()) move_buckets(count);
}

// Where there is no memory for it, the table stays as it is: slower, and correct.
void record_index::start_move(std::size_t size) noexcept {
    if (size > buckets_max) return;
    to_ = make(size);
    moved_ = 0;
}

void record_index::move_buckets(std::size_t count) noexcept {
    std::size_t skips = count * empty_skipped_per_move;
    while (count > 0 && moved_ < from_.size) {
        record* r = std::exchange(from_.heads[moved_], nullptr);
        ++moved_;
        if (r == nullptr) {
            if (--skips == 0) break;
            continue;
        }
        --count;
        while (r != nullptr) {
            record* const following = r->next;
            record** head = &to_.heads[r->hash & to_.mask()];
            r->next = *head;
            *head = r;
            r = following;
        }
    }
    if (moved_ < from_.size) return;
    from_ = std::move(to_);
    to_ = {};
    moved_ = 0;
}

std::uint64_t record_index::next_cursor(std::uint64_t cursor, std::uint64_t mask) noexcept {
    return reverse_bits(reverse_bits(cursor | ~mask) + 1);
}

}  // namespace herdgate
