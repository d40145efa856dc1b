// SPDX-License-Identifier: Apache-2.0
//
// sieve_queue: decides which record goes when room is needed. SIEVE: Zhang, Yang, Yue, Vigfusson,
// Rashmi, "SIEVE is Simpler than LRU: an Efficient Turn-Key Eviction Algorithm for Web Caches",
// NSDI '24.
//
//     head (newest)  [n] [.] [v] [.] [v] [.]  (oldest) tail         v: visited
//                             <- hand
//
// New records enter at the head, not visited. A hit only sets the record's bit: nothing is
// relinked, so reads are cheap. The hand moves from the tail to the head: it clears the bits that
// it finds set, stops at the first record without one, which goes, and stays there for the next
// time. What is read once is sifted out soon; what is read again stays.
//
// Intrusive; owns nothing. Not thread-safe. A sweep costs one step for each hit since the last one
// at most.
#pragma once

#include "herdgate/core/cache/record.hpp"

namespace herdgate {

class sieve_queue {
  public:
    /// `r` is in no queue.
    void push(record* r) noexcept {
        r->visited = 0;
        r->newer = nullptr;
        r->older = head_;
        (head_ != nullptr ? head_->newer : tail_) = r;
        head_ = r;
    }

    void remove(record* r) noexcept {
        if (hand_ == r) hand_ = r->newer;
        (r->newer != nullptr ? r->newer->older : head_) = r->older;
        (r->older != nullptr ? r->older->newer : tail_) = r->newer;
        r->newer = r->older = nullptr;
    }

    /// The record to evict, still in the queue; nullptr if there is none.
    record* victim() noexcept {
        record* r = hand_ != nullptr ? hand_ : tail_;
        while (r != nullptr && r->visited != 0) {
            r->visited = 0;
            r = r->newer != nullptr ? r->newer : tail_;
        }
        hand_ = r;
        return r;
    }

    record* newest() const noexcept { return head_; }

  private:
    record* head_ = nullptr;
    record* tail_ = nullptr;
    record* hand_ = nullptr;  ///< where the next sweep begins; nullptr = at the tail
};

}  // namespace herdgate
