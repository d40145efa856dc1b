// SPDX-License-Identifier: Apache-2.0
//
// record_index: finds records by key. A chained table of a power-of-two number of buckets that
// grows (and shrinks) a few buckets at a time, so that no insertion pays for all the others.
//
//   while it moves:   from_  | moved | moved | . | . |        (buckets below moved_ are empty)
//                     to_    | . | . | . | . | . | . | . | .  |  (new records go here)
//
// Scanning uses Redis's reverse-binary cursor (dict.c, dictScan): the cursor counts with its
// highest bit first, so that a bucket that was split or merged between two calls has been visited
// as a whole or will be. Every record that is present from the first call to the last is visited;
// one may be visited twice.
//
// Owns the buckets, not the records. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "herdgate/core/cache/record.hpp"

namespace herdgate {

class record_index {
  public:
    record_index();

    /// nullptr if the key is not there. Allocates nothing.
    record* find(const hashed_key& key) const noexcept;

    /// `r`'s key is not in the index. May move a few other records to their new buckets.
    void insert(record* r) noexcept;

    /// `r` is in the index. Moves nothing else, so that it can be called on the record that a scan
    /// just visited.
    void remove(record* r) noexcept;

    /// Shrinks what became too large, and moves up to `count` buckets if a move is under way.
    void maintain(std::size_t count) noexcept;

    std::size_t size() const noexcept { return size_; }
    std::size_t bucket_count() const noexcept { return from_.size + to_.size; }
    bool moving() const noexcept { return to_.size != 0; }

    /// Visits the records of one bucket (and of those it is being split into) and returns the next
    /// cursor; 0 = done. Begin with 0. `visit(record&)` may remove the record it is given, and
    /// nothing else.
    template <typename Visit>
    std::uint64_t scan(std::uint64_t cursor, Visit&& visit) const;

  private:
    struct release {
        void operator()(record** p) const noexcept { std::free(p); }
    };
    struct buckets {
        std::unique_ptr<record*[], release> heads;
        std::size_t size = 0;  ///< a power of two, or 0 when there are none

        std::uint64_t mask() const noexcept { return size - 1; }
    };

    static buckets make(std::size_t size) noexcept;
    record** head_of(std::uint32_t hash) const noexcept;
    void start_move(std::size_t size) noexcept;
    void move_buckets(std::size_t count) noexcept;

    template <typename Visit>
    static void visit_chain(record* r, Visit& visit) {
        while (r != nullptr) visit(*std::exchange(r, r->next));
    }
    /// The cursor after `cursor`: adds 1 to the bits under `mask`, the highest of them first.
    static std::uint64_t next_cursor(std::uint64_t cursor, std::uint64_t mask) noexcept;

    buckets from_;
    buckets to_;             ///< empty when nothing is being moved
    std::size_t moved_ = 0;  ///< buckets of from_ that were moved
    std::size_t size_ = 0;   ///< records in both
};

template <typename Visit>
std::uint64_t record_index::scan(std::uint64_t cursor, Visit&& visit) const {
    if (!moving()) {
        visit_chain(from_.heads[cursor & from_.mask()], visit);
        return next_cursor(cursor, from_.mask());
    }
    const buckets& small = from_.size < to_.size ? from_ : to_;
    const buckets& large = from_.size < to_.size ? to_ : from_;
    visit_chain(small.heads[cursor & small.mask()], visit);
    // All buckets of the larger table that the bucket of the smaller one expands to.
    do {
        visit_chain(large.heads[cursor & large.mask()], visit);
        cursor = next_cursor(cursor, large.mask());
    } while ((cursor & (small.mask() ^ large.mask())) != 0);
    return cursor;
}

}  // namespace herdgate
