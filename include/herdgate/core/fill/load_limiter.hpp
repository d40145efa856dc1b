// SPDX-License-Identifier: Apache-2.0
//
// load_limiter: how many loads of one route run at once in this process, and which wait for their
// turn. First come, first served; the queue is bounded. Shared by all workers (one lock, taken on
// misses only).
//
// A ticket leaves by exactly one of: admit → start, finished() handing it on, withdraw() → true. So
// no permit is lost.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

#include "herdgate/core/fill/store.hpp"

namespace herdgate {

class load_limiter {
  public:
    /// A load that asks for its turn: which flight of which worker.
    struct ticket {
        std::uint32_t worker = 0;
        flight_id flight = 0;
        bool operator==(const ticket&) const = default;
    };

    enum class admission : std::uint8_t {
        start,   ///< go; call finished() when the load has ended
        queued,  ///< finished() of another load will name this ticket
        full,    ///< refused
    };

    load_limiter(std::size_t concurrency, std::size_t queue) noexcept
        : concurrency_(concurrency), queue_max_(queue) {}

    admission admit(ticket asking);

    /// A load has ended. If another was waiting, its turn has come: it is returned and holds the
    /// permit now.
    std::optional<ticket> finished();

    /// Leaves the queue. False if the ticket is not in it: its turn has come (or it never was).
    bool withdraw(ticket waiting);

    std::size_t running() const noexcept { return running_.load(std::memory_order_relaxed); }
    std::size_t queued() const noexcept { return queued_.load(std::memory_order_relaxed); }

  private:
    const std::size_t concurrency_;
    const std::size_t queue_max_;
    std::mutex mutex_;
    std::deque<ticket> queue_;
    std::atomic<std::size_t> running_{0};  ///< written under the lock, read anywhere
    std::atomic<std::size_t> queued_{0};
};

}  // namespace herdgate
