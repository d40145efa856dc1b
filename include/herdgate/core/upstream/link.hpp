// SPDX-License-Identifier: Apache-2.0
//
// link: one connection to Redis, for pipelined commands, as a machine without its socket. It
// connects, greets (greeting.hpp), matches replies to commands (pipeline.hpp), and after a loss
// connects again, for ever.
//
//   start ─► connecting ─ on_connected ─► greeting ─ last reply ─► up
//               ▲                            │                     │ closed, protocol error,
//               │ back-off                   │ error, time-out     │ deadline, unasked reply
//            resting ◄───────────────────────┴─────────────────────┘
//
// Promises:
//   - Every command sent gets exactly one call: on_reply with its own reply, or on_lost. Replies
//     never shift: a reply that is late or that nobody asked for ends the link.
//   - A loss in this order: the link is down, the user hears on_link_down, then the takers on_lost,
//     in the order of sending.
//   - Callbacks may call send() and send_unanswered() while the link is up, and stop() at any time.
//     They may not destroy the link.
//   - Back-off doubles from first_retry to max_retry, each drawn from half to whole of it; it
//   starts
//     anew only after a link has been up for a second.
//   - What it keeps of an incomplete reply grows by bytes that have arrived, to
//     link_settings::reply_bytes. Pending commands are bounded by those who send.
//
// A lent link is used by one client as it likes (pinned_link.hpp): it is greeted with the login
// only, all frames go to on_push, there are no deadlines once it is up, and when it is lost that is
// its end.
//
// A subscriber's link goes to sleep without a sign when its Redis is gone, for nobody waits for a
// reply: when nothing has arrived for 5 s it sends a PING, and 5 s later it is lost. All frames go
// to on_push, but the answers to these PINGs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "herdgate/core/base/random.hpp"
#include "herdgate/core/base/time.hpp"
#include "herdgate/core/resp/reply_parser.hpp"
#include "herdgate/core/upstream/greeting.hpp"
#include "herdgate/core/upstream/link_settings.hpp"
#include "herdgate/core/upstream/pipeline.hpp"

namespace herdgate {

/// Takes the replies of the commands it sent.
class reply_taker {
  public:
    /// `frame`: one whole reply, RESP bytes, valid during the call only.
    virtual void on_reply(std::uint64_t id, std::string_view frame, const instant& now) = 0;
    /// There will be no reply: the link was lost. Whether Redis ran the command is unknown.
    virtual void on_lost(std::uint64_t id, const instant& now) = 0;

  protected:
    ~reply_taker() = default;
};

/// Whose link it is: hears of its state.
class link_user {
  public:
    /// The greeting is done: commands can be sent.
    virtual void on_link_up(const instant& now) = 0;
    /// The link was up, or an attempt to connect has failed. `reason`: printable, for the log.
    virtual void on_link_down(std::string_view reason, const instant& now) = 0;
    /// A frame that answers no command: of a subscription, or a push of RESP3. Of a lent link:
    /// every frame, and of one in a tunnel: bytes.
    virtual void on_push(std::string_view frame, const instant& now) = 0;
    /// Of a lent link: what was queued is on its way.
    virtual void on_sending() {}

  protected:
    ~link_user() = default;
};

class link {
  public:
    link(link_settings settings, link_user& user, std::uint64_t seed);
    link(const link&) = delete;
    link& operator=(const link&) = delete;

    /// Once: the first attempt to connect is due at once.
    void start(const instant& now);

    /// Closes for good. Pending takers hear on_lost, the user hears nothing.
    void stop(const instant& now);

    bool up() const noexcept { return state_ == state::up; }

    /// Queues one command, encoded. Precondition: up(), and not a subscriber's link. If its reply
    /// has not come by `deadline` the link is lost, with every pending command. The taker lives
    /// until it has been called.
    void send(std::string_view command, reply_taker& taker, std::uint64_t id, steady_time deadline);

    /// Queues bytes whose answers arrive as pushes. Precondition: up().
    void send_unanswered(std::string_view command);

    /// Bytes queued and not yet taken.
    std::size_t queued() const noexcept { return output_.size(); }

    /// Of a lent link: what arrives from now on is no more looked at (a replica's stream).
    void tunnel() noexcept { tunnel_ = true; }

    /// Of a lent link: from now on it is somebody else's.
    void set_user(link_user& user) noexcept { user_ = &user; }

    /// Its user cannot go on with this connection: it is lost, as if Redis had closed it.
    void fail(std::string_view reason, const instant& now);

    /// The last loss says nothing about Redis but that this connection was closed: another one may
    /// well work. False: there is nobody to connect to, or nobody who answers in time.
    bool lost_to_a_close() const noexcept { return closed_; }

    /// Commands without a reply yet.
    std::size_t pending() const noexcept { return pipeline_.size(); }

    // For the io side, which reads wants() and take_output() after every call into the link, and
    // delivers nothing of a connection that it was told to close.

    /// Bytes to write now; empty = nothing.
    std::string take_output();

    enum class want : std::uint8_t {
        nothing,
        connect,  ///< open a connection; one that is open goes first
        close,    ///< close it, or end the attempt to open it
    };
    /// Returns the wish once and clears it.
    want wants() noexcept;

    void on_connected(const instant& now);

    /// What has arrived, split anywhere.
    void on_bytes(std::string_view bytes, const instant& now);

    /// The connection has ended, or could not be opened.
    void on_closed(std::string_view reason, const instant& now);

    /// The earliest moment at which on_deadline has something to do.
    std::optional<steady_time> next_deadline() const noexcept;
    void on_deadline(const instant& now);

  private:
    enum class state : std::uint8_t {
        idle,        ///< not started, or stopped
        resting,     ///< until due_: back-off
        connecting,  ///< until due_: the io side opens a connection
        greeting,    ///< until due_
        up,          ///< a subscriber's: until due_, when it pings or is lost
    };

    bool open() const noexcept { return state_ == state::greeting || state_ == state::up; }
    void attempt(const instant& now);
    void take(std::string_view frame, resp::reply_kind kind, const instant& now);
    void take_greeting(std::string_view frame, const instant& now);
    void take_push(std::string_view frame, const instant& now);
    void come_up(const instant& now);
    void keep(std::string&& buffer, std::string_view rest, const instant& now);
    void break_off(std::string_view reason, const instant& now);
    void lose(std::string_view reason, const instant& now, bool closed);
    void end_connection();
    milliseconds next_delay(const instant& now);

    const link_settings settings_;
    link_user* user_;
    random_source random_;
    state state_ = state::idle;
    want want_ = want::nothing;
    steady_time due_{};
    steady_time up_since_{};
    milliseconds delay_;   ///< before the next attempt, not yet drawn from
    bool closed_ = false;  ///< see lost_to_a_close()
    bool pinged_ = false;  ///< a subscriber's: since the last bytes
    bool tunnel_ = false;
    greeting greeting_;
    pipeline pipeline_;
    resp::reply_parser parser_;
    std::string kept_;    ///< of an incomplete reply
    std::string output_;  ///< not yet taken by the io side
};

}  // namespace herdgate
