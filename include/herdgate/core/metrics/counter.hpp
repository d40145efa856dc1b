// SPDX-License-Identifier: Apache-2.0
//
// The primitives of metrics. Each object has one writer, the worker that it belongs to; any thread
// may read. So an increment is a plain load and store, without a locked instruction, and the
// figures are summed when they are scraped.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

/// Only goes up.
class counter {
  public:
    void add(std::uint64_t n = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::uint64_t read() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

/// Goes up and down.
class gauge {
  public:
    void add(std::int64_t n) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    std::int64_t read() const noexcept { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::int64_t> value_{0};
};

/// Upper bounds of load durations, in seconds; one more bucket holds the rest.
inline constexpr std::array<double, 15> load_seconds{.001, .0025, .005, .01, .025, .05, .1, .25,
                                                     .5,   1,     2.5,  5,   10,   30,  60};

/// A distribution of load durations in fixed buckets.
class load_histogram {
  public:
    void observe(nanoseconds value) noexcept {
        const double took = static_cast<double>(value.count()) / 1e9;
        std::size_t bucket = 0;
        while (bucket < load_seconds.size() && took > load_seconds[bucket]) ++bucket;
        buckets_[bucket].add();
        sum_.add(static_cast<std::uint64_t>(value.count()));
    }
    /// Observations in bucket `i` alone; i == load_seconds.size() is the bucket of the rest.
    std::uint64_t bucket(std::size_t i) const noexcept { return buckets_[i].read(); }
    std::uint64_t sum_nanoseconds() const noexcept { return sum_.read(); }

  private:
    std::array<counter, load_seconds.size() + 1> buckets_;
    counter sum_;
};

}  // namespace herdgate
