// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/clock_samples.hpp"

#include <algorithm>

namespace herdgate {
namespace {

/// What both clocks may drift apart while a sample counts.
constexpr nanoseconds drift{2'000'000};

}  // namespace

nanoseconds clock_samples::add(steady_time sent, steady_time received, nanoseconds read) noexcept {
    const nanoseconds round_trip = received - sent;
    const sample latest{read - (sent.time_since_epoch() + round_trip / 2), round_trip};
    const auto begin = samples_.begin();
    const auto shorter = [](const sample& a, const sample& b) {
        return a.round_trip < b.round_trip;
    };
    if (count_ > 0) {
        const sample& best = *std::min_element(begin, begin + count_, shorter);
        const nanoseconds apart = latest.offset - best.offset;
        const nanoseconds margin = (latest.round_trip + best.round_trip) / 2 + drift;
        if (apart > margin || apart < -margin) count_ = next_ = 0;
    }
    samples_[next_] = latest;
    next_ = (next_ + 1) % samples_.size();
    count_ = std::min(count_ + 1, samples_.size());
    return std::min_element(begin, begin + count_, shorter)->offset;
}

}  // namespace herdgate
