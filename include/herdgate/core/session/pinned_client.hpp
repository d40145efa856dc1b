// SPDX-License-Identifier: Apache-2.0
//
// pinned_client: a client that has a link to Redis for itself, because Redis keeps state for it (a
// transaction, subscriptions, a blocking command), or because every client has one (links:
// dedicated). Its commands go there as they are, Redis's answers into its replies, and what they
// change is noted in its session: database, protocol, login, transaction.
//
// Until Redis has answered a command that changes what later ones mean (SELECT, HELLO, AUTH,
// RESET), none is run: session::hold().
//
// In a transaction, commands on routed keys are kept back: Redis queues an ECHO in their place, and
// exec_reply.hpp runs them when EXEC has succeeded.
//
// The client's end is the link's. A link that Redis closes closes its client; one that never came
// up costs the commands that were sent on it, and the client may try again with another. Owned by
// the session.
#pragma once

#include <cstddef>
#include <deque>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "herdgate/core/command/link_rules.hpp"
#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/session/exec_reply.hpp"
#include "herdgate/core/session/reply_queue.hpp"
#include "herdgate/core/upstream/pinned_link.hpp"

namespace herdgate {

class pinned_client final : private pinned_link_user {
  public:
    using words = std::span<const std::string_view>;

    pinned_client(engine& owner, session& client, link_lender& lender, link_lender::login whose);
    ~pinned_client();

    /// Passes a command on as it is. `info`: nullptr if it is unknown.
    void pass(const command_info* info, words args);
    /// Passes on one part of a command; `who` gets its reply.
    void pass(words args, waiter who);
    /// In a transaction: a command on routed keys.
    void queue(const command_info& info, words args);
    /// What Redis never gets: the error comes behind all that Redis says to what came before. A
    /// transaction is aborted.
    void refuse(std::string_view error);
    /// Asks Redis whether its user may run a command on routed keys; the answer is there, as
    /// verdict(), when the session is released.
    void ask(const command_info& info, words args);
    /// Empty: it may; else the reply that says no. Nothing if nobody has asked. Taken once.
    std::optional<std::string> take_verdict() { return std::exchange(verdict_, std::nullopt); }
    /// It has logged in to Redis, as whomever: not with the login of the configuration.
    bool acts_as_itself() const noexcept { return itself_; }

    /// Makes the link what the session says: protocol, database, name. False: Redis has been told,
    /// and the session is held until it has answered; then prepare() again.
    bool prepare(const command_info* info);
    /// Redis has refused that: its reply. The client needs another link.
    const std::string& refusal() const noexcept { return refusal_; }
    /// True when nothing is on its way; else the session is held until then.
    bool settle();

    bool in_transaction() const noexcept { return in_multi_; }
    /// Redis takes nothing but a few commands from this client (RESP2, subscribed).
    bool restricted() const noexcept;
    bool blocked() const noexcept { return blocking_ > 0; }
    /// Whether it is restricted depends on answers to come.
    bool in_doubt() const noexcept { return subscribing_ > 0; }

    /// Redis keeps nothing for it that the next client would notice.
    bool returnable() const noexcept;
    bool gone() const noexcept { return link_.gone(); }

    std::size_t queued() const noexcept { return link_.queued(); }
    void pause(bool on) { link_.pause(on); }

  private:
    /// A command on its way.
    struct sent {
        enum class kind : std::uint8_t {
            passed,   ///< its answer is the reply
            own,      ///< herdgate's own: nobody waits for the answer
            kept,     ///< ECHO in the place of a command on routed keys
            refused,  ///< ECHO without an argument: the reply is `text`
            asking,   ///< MULTI, before the command that is asked about
            asked,    ///< its answer says whether the client may run it
        };
        kind what = kind::passed;
        link_effect effect = link_effect::none;
        bool blocks = false;
        bool holds = false;
        bool logs_in = false;
        bool always = false;  ///< its answer is heard also if the client is muted
        std::optional<reply_queue::slot_id> slot;
        waiter who;
        std::string text;
        std::vector<std::string> args;  ///< where the effect depends on them
    };
    /// As Redis sees it: from the answer to MULTI to that of EXEC.
    struct transaction {
        bool open = false;
        std::size_t size = 0;
        std::vector<queued_command> own;
    };

    void send(sent what, words args);
    void send_raw(words args);
    void tell(std::initializer_list<std::string_view> args);
    void note(sent& what, words args);
    void reply(sent& to, std::string_view bytes);
    void apply(const sent& done);
    void apply_hello(const sent& done);
    void apply_reset();
    void become_unknown();
    void ask_in_transaction(const sent& asking);
    void take_answer(const sent& asked, std::string_view frame);
    void end_transaction(sent& exec, std::string_view frames, const instant& now);
    exec_reply& runner(sent& whose);
    void log_in_again();

    void on_answer(std::string_view frames, const instant& now) override;
    void on_unasked(std::string_view bytes, const instant& now) override;
    void on_link_lost(bool was_up, const instant& now) override;
    void on_sending() override;

    engine& owner_;
    session& client_;
    const link_lender::login whose_;
    pinned_link link_;
    std::deque<sent> sent_;
    transaction transaction_;
    std::vector<std::unique_ptr<exec_reply>> running_;
    std::optional<std::string> verdict_;
    std::string refusal_;
    bool settling_ = false;
    bool awaited_ = false;  ///< by a command that comes when the link has settled
    std::size_t blocking_ = 0;
    std::size_t subscribing_ = 0;  ///< commands on their way
    bool in_multi_ = false;        ///< MULTI has been sent, and no EXEC
    bool watching_ = false;
    bool kept_ = false;  ///< for good
    bool itself_ = false;
    bool keeping_ = false;  ///< in_multi_, and something was kept back in it
};

}  // namespace herdgate
