// SPDX-License-Identifier: Apache-2.0
//
// breaker: stops asking an origin that fails (Nygard, Release It!, "Circuit Breaker"). One for each
// route, shared by the workers of a process.
//
//   closed ── `failures` failed loads in a row ──► open ── `time` later ──► one load, to see
//     ▲                                             ▲                           │
//     └──────────── it succeeds ────────────────────┴───── it fails ────────────┘
//
// Time comes in as values. Thread-safe: one lock, taken on loads only.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

class breaker {
  public:
    /// `failures` 0: never opens.
    breaker(std::size_t failures, milliseconds time) noexcept : failures_(failures), time_(time) {}

    /// Whether admit() would say no. Changes nothing.
    bool refuses(steady_time now) const;

    /// Whether a load may start. If so, ended() is to be called when it has.
    bool admit(steady_time now);

    void ended(bool well, steady_time now);

    /// In place of ended(): the load has come to nothing before the origin was asked.
    void abandoned();

    /// For the metrics.
    bool open() const noexcept { return open_.load(std::memory_order_relaxed); }

  private:
    bool blocked(steady_time now) const noexcept { return open() && (trying_ || now < until_); }

    const std::size_t failures_;
    const milliseconds time_;
    mutable std::mutex mutex_;
    std::size_t in_a_row_ = 0;
    steady_time until_{};  ///< with open: no load before this
    bool trying_ = false;  ///< with open: the one load is under way
    std::atomic<bool> open_{false};
};

}  // namespace herdgate
