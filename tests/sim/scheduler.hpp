// SPDX-License-Identifier: Apache-2.0
//
// scheduler: the simulation's one thread and one clock. Events run in the order of their times, and
// of their making where those are equal; time jumps from one to the next. chance draws everything
// that is random from one seed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "herdgate/core/base/random.hpp"
#include "herdgate/core/base/time.hpp"

namespace herdgate::sim {

class chance {
  public:
    explicit chance(std::uint64_t seed) noexcept : source_(seed) {}

    std::uint64_t next() noexcept { return source_.next(); }
    /// From 0 to n - 1.
    std::size_t below(std::size_t n) noexcept { return static_cast<std::size_t>(next() % n); }
    bool one_in(std::size_t n) noexcept { return below(n) == 0; }
    nanoseconds between(nanoseconds least, nanoseconds most) noexcept {
        return least + nanoseconds{static_cast<std::int64_t>(
                           next() % static_cast<std::uint64_t>((most - least).count() + 1))};
    }
    template <class T>
    const T& of(const std::vector<T>& choices) noexcept {
        return choices[below(choices.size())];
    }

  private:
    random_source source_;
};

class scheduler {
  public:
    using action = std::function<void()>;

    steady_time now() const noexcept { return now_; }

    void at(steady_time when, action a) {
        events_.push({std::max(when, now_), ++last_, std::move(a)});
    }
    void after(nanoseconds delay, action a) { at(now_ + delay, std::move(a)); }

    /// Runs everything up to a moment.
    void run_until(steady_time end) {
        while (!events_.empty() && events_.top().when <= end) {
            event next = std::move(const_cast<event&>(events_.top()));
            events_.pop();
            now_ = next.when;
            next.what();
            ++done_;
        }
        now_ = end;
    }

    std::uint64_t done() const noexcept { return done_; }

  private:
    struct event {
        steady_time when;
        std::uint64_t number;
        action what;
        bool operator<(const event& other) const noexcept {
            return std::pair{other.when, other.number} < std::pair{when, number};
        }
    };
    std::priority_queue<event> events_;
    steady_time now_{seconds{1000}};
    std::uint64_t last_ = 0;
    std::uint64_t done_ = 0;
};

}  // namespace herdgate::sim
