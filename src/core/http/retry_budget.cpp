// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/retry_budget.hpp"

#include <algorithm>

namespace herdgate {
namespace {

constexpr std::uint64_t whole = 10'000;  ///< hundredths of a percent
constexpr double first_pause_ms = 25;
constexpr double longest_pause_ms = 250;

std::int64_t second_of(steady_time now) noexcept {
    return std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
}

}  // namespace

retry_budget::slot& retry_budget::current(steady_time now) noexcept {
    const std::int64_t second = second_of(now);
    slot& s = slots_[static_cast<std::size_t>(second % window_seconds)];
    if (s.second != second) s = slot{second, 0, 0};
    return s;
}

void retry_budget::on_request(steady_time now) noexcept {
    ++current(now).requests;
}

bool retry_budget::take(steady_time now) noexcept {
    slot& mine = current(now);
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
    for (const slot& s : slots_) {
        if (s.second <= mine.second - window_seconds) continue;
        requests += s.requests;
        retries += s.retries;
    }
    if (retries >= floor && (retries + 1) * whole > requests * share_) return false;
    ++mine.retries;
    return true;
}

milliseconds retry_pause(std::uint32_t number, double chance) noexcept {
    const double doublings = static_cast<double>(1U << std::min(number - 1, 8U));
    const double longest = std::min(first_pause_ms * doublings, longest_pause_ms);
    return milliseconds{static_cast<std::int64_t>(longest * chance)};
}

}  // namespace herdgate
