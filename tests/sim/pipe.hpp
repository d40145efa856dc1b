// SPDX-License-Identifier: Apache-2.0
//
// pipe: one direction of a connection. Bytes arrive in order, split anywhere, each piece after a
// delay of its own; the end of the stream comes after them. What was cut never arrives. While its
// receiver is held (a paused process) pieces wait.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "scheduler.hpp"

namespace herdgate::sim {

/// How slow the network is at the moment.
struct network {
    nanoseconds least{100'000};
    nanoseconds most{5'000'000};
    bool uneven = false;  ///< one connection in three is four times as slow

    nanoseconds slowest() const noexcept { return uneven ? 4 * most : most; }
};

class pipe : public std::enable_shared_from_this<pipe> {
  public:
    struct receiver {
        std::function<void(std::string_view)> bytes;
        std::function<void()> end;
        /// Until when it does not listen; what has passed means that it does.
        std::function<steady_time()> held_until;
    };

    pipe(scheduler& s, chance& c, const network& n, receiver r)
        : scheduler_(s), chance_(c), network_(n), receiver_(std::move(r)) {
        if (n.uneven && c.one_in(3)) factor_ = 4;
    }

    void send(std::string bytes) {
        sent_ += bytes.size();
        if (bytes.size() > 1 && chance_.one_in(4)) {
            const std::size_t at = 1 + chance_.below(bytes.size() - 1);
            put({bytes.substr(0, at), false});
            bytes.erase(0, at);
        }
        put({std::move(bytes), false});
    }
    void end() { put({{}, true}); }
    /// Nothing arrives any more.
    void cut() {
        pieces_.clear();
        cut_ = true;
    }
    /// What is on its way is lost.
    void cut_pieces() { pieces_.clear(); }
    /// Nothing is heard any more, though it may arrive.
    void close() {
        receiver_ = {};
        closed_ = true;
    }

    std::uint64_t sent() const noexcept { return sent_; }
    /// Bytes that have arrived.
    std::uint64_t arrived() const noexcept { return arrived_; }
    bool closed() const noexcept { return closed_; }

  private:
    struct piece {
        std::string bytes;
        bool end;
    };

    void put(piece p) {
        if (cut_ || closed_) return;
        pieces_.push_back(std::move(p));
        const nanoseconds delay = factor_ * chance_.between(network_.least, network_.most);
        last_ = std::max(last_, scheduler_.now() + delay);
        schedule(last_);
    }
    void schedule(steady_time when) {
        scheduler_.at(when, [self = shared_from_this()] { self->arrive(); });
    }
    void arrive() {
        if (pieces_.empty() || closed_) return;
        if (const steady_time until = receiver_.held_until(); until > scheduler_.now())
            return schedule(until);
        const piece p = std::move(pieces_.front());
        pieces_.pop_front();
        arrived_ += p.bytes.size();
        const receiver r = receiver_;  // it may close this pipe
        if (p.end)
            r.end();
        else
            r.bytes(p.bytes);
    }

    scheduler& scheduler_;
    chance& chance_;
    const network& network_;
    receiver receiver_;
    int factor_ = 1;
    std::deque<piece> pieces_;
    steady_time last_{};
    std::uint64_t sent_ = 0;
    std::uint64_t arrived_ = 0;
    bool closed_ = false;
    bool cut_ = false;
};

}  // namespace herdgate::sim
