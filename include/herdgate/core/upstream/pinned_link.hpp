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

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "herdgate/core/upstream/exec_frames.hpp"
#include "herdgate/core/upstream/link_lender.hpp"
#include "herdgate/core/upstream/subscription_count.hpp"

namespace herdgate {

class pinned_link_user {
  public:
    /// The answer to the oldest command: one frame, or those of a subscription or of EXEC together.
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
    pinned_link(link_lender& lender, link_lender::login whose, const link_traits& wish,
                pinned_link_user& user);
    ~pinned_link();
    pinned_link(const pinned_link&) = delete;
    pinned_link& operator=(const pinned_link&) = delete;

    /// What the link was left with by whoever had it before; the user keeps it true.
    link_traits& traits() noexcept { return traits_; }

    /// Sends one command. `names`: how many words follow the name of one of the SUBSCRIBE family.
    void send(std::string_view command, reply_shape s = reply_shape::one, std::size_t names = 0);

    /// Commands without an answer.
    std::size_t pending() const noexcept { return waiting_.size(); }

    /// Bytes not yet on their way.
    std::size_t queued() const noexcept;

    /// Something is subscribed.
    bool subscribed() const noexcept { return subscribed_.any(); }

    /// Redis has accepted MONITOR.
    void set_monitoring() noexcept { monitoring_ = true; }
    /// Redis has accepted MULTI: from now on it queues.
    void set_in_transaction() { transaction_.emplace(); }
    /// While EXEC is being answered: which of its frames is a command's (exec_frames.hpp).
    std::size_t exec_place(std::size_t command) const noexcept;
    /// Redis has accepted RESET: nothing is subscribed nor monitored.
    void forget_subscriptions() noexcept;
    bool streaming() const noexcept { return monitoring_ || subscribed(); }

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
        reply_shape s;
        std::size_t names;  ///< 0: all that there are
        std::size_t left;   ///< frames, once the first has come
    };

    bool unasked(std::string_view frame) const;
    bool is_part(expected& oldest, std::string_view frame);
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
    std::string parts_;  ///< of the answer under way
    subscription_count subscribed_;
    std::optional<exec_frames> transaction_;
    bool was_up_ = false;
    bool monitoring_ = false;
    bool tunnel_ = false;
    bool paused_ = false;
    bool clean_ = false;
};

}  // namespace herdgate
