// SPDX-License-Identifier: Apache-2.0
//
// pipeline: who gets the next reply. Redis answers in the order of the commands, so this is a queue
// of takers, and the one place where a reply meets its command.
//
// Deadlines need not ascend; earliest() is the least of them all, in constant time: beside the
// queue runs a second one, of the deadlines that no later command undercuts.
//
//     deadlines of the queue   5 3 9 4 7        minima_   3 4 7
//
// Not bounded here: those who send have limits of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

class reply_taker;

class pipeline {
  public:
    struct entry {
        reply_taker* taker;
        std::uint64_t id;
        steady_time deadline;
    };

    void push(const entry& e);

    /// The oldest one. Precondition: not empty.
    entry pop();

    /// All, oldest first; the pipeline is empty then.
    std::deque<entry> take_all();

    std::size_t size() const noexcept { return entries_.size(); }
    bool empty() const noexcept { return entries_.empty(); }

    std::optional<steady_time> earliest() const noexcept;

  private:
    std::deque<entry> entries_;
    std::deque<steady_time> minima_;  ///< do not descend
};

}  // namespace herdgate
