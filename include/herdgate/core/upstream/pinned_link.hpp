// SPDX-License-Identifier: Apache-2.0
//
// pinned_link: a link that one client has for itself, and which frame on it answers which command.
// Redis answers in the order of the commands, and in between says what nobody asked for:
//
//   sent      GET k          SUBSCRIBE a b              PING
//   arrives   $1 v    │ [subscribe a 1] [subscribe b 2] │ [message a hi] │ [pong ""]
//             answer  │ answer of two frames            │ unasked        │ answer
//
// Unasked are: pushes of RESP3 that confirm no subscription at hand; in RESP2 the arrays "message",
// "pmessage" and "smessage" while something is subscribed, which the confirmations' counts tell;
// the lines of MONITOR; and whatever comes when no command is waiting.
//
// Commands that are sent before the link is up wait for it. No deadlines: a command takes as long
// as Redis takes. What is queued is bounded by its client, which sends no more while queued() is
// over a limit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "herdgate/core/upstream/link_lender.hpp"

namespace herdgate {

class pinned_link_user {
  public:
    /// The answer to the oldest command: one frame, or those of a subscription together.
    virtual void on_answer(std::string_view frames, const instant& now) = 0;
    /// Bytes that answer nothing, for the client as they are.
    virtual void on_unasked(std::string_view bytes, const instant& now) = 0;
    /// The link is gone, with every command that has no answer. The last call. `was_up`: Redis may
    /// have run some of them.
    virtual void on_link_lost(bool was_up, const instant& now) = 0;
    /// queued() is smaller now.
    virtual void on_sending() = 0;

  protected:
    ~pinned_link_user() = default;
};

class pinned_link final : private link_user {
  public:
    /// What answers a command.
    enum class shape : std::uint8_t {
        one,      ///< one frame
        channel,  ///< SUBSCRIBE, UNSUBSCRIBE: a frame for each name
        pattern,  ///< PSUBSCRIBE, PUNSUBSCRIBE
        shard,    ///< SSUBSCRIBE, SUNSUBSCRIBE
    };

    pinned_link(link_lender& lender, link_lender::login whose, const link_traits& wish,
                pinned_link_user& user);
    ~pinned_link();
    pinned_link(const pinned_link&) = delete;
    pinned_link& operator=(const pinned_link&) = delete;

    /// What the link was left with by whoever had it before; the user keeps it true.
    link_traits& traits() noexcept { return traits_; }

    /// Sends one command. `names`: how many words follow the name of one of the SUBSCRIBE family.
    void send(std::string_view command, shape s = shape::one, std::size_t names = 0);

    /// Commands without an answer.
    std::size_t pending() const noexcept { return waiting_.size(); }

    /// Bytes not yet on their way.
    std::size_t queued() const noexcept;

    /// Something is subscribed.
    bool subscribed() const noexcept;

    /// Redis has accepted MONITOR.
    void set_monitoring() noexcept { monitoring_ = true; }
    /// A subscription takes place when a transaction ends: nobody counts it.
    void set_uncounted() noexcept { uncounted_ = true; }
    /// Redis has accepted RESET: nothing is subscribed nor monitored.
    void forget_subscriptions() noexcept;
    bool streaming() const noexcept { return monitoring_ || uncounted_ || subscribed(); }

    /// From now on all bytes are unasked. Precondition: nothing is pending.
    void tunnel() noexcept;
    bool tunnelled() const noexcept { return tunnel_; }

    /// Nothing more is read while `on`.
    void pause(bool on);

    /// The link is to be lent to others when this ends. Precondition: it is clean
    /// (link_lender.hpp).
    void set_clean() noexcept { clean_ = true; }

    /// It has been lost.
    bool gone() const noexcept { return link_ == nullptr; }

  private:
    struct expected {
        shape s;
        std::size_t names;   ///< 0: all that there are
        std::size_t frames;  ///< seen
    };

    bool unasked(std::string_view frame) const;
    void take_part(expected& c, std::string_view frame, const instant& now);
    void count(std::string_view word, std::string_view frame);
    void answer(std::string_view frames, const instant& now);

    void on_link_up(const instant& now) override;
    void on_link_down(std::string_view reason, const instant& now) override;
    void on_push(std::string_view frame, const instant& now) override;
    void on_sending() override { user_.on_sending(); }

    link_lender& lender_;
    pinned_link_user& user_;
    link* link_;
    link_traits traits_;
    std::string early_;  ///< commands that wait for the link
    std::deque<expected> waiting_;
    std::string parts_;                           ///< of the answer under way
    std::array<std::size_t, 3> subscriptions_{};  ///< channels, patterns, shard channels
    bool was_up_ = false;
    bool monitoring_ = false;
    bool uncounted_ = false;
    bool tunnel_ = false;
    bool paused_ = false;
    bool clean_ = false;
};

}  // namespace herdgate
