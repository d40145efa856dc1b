// SPDX-License-Identifier: Apache-2.0
//
// session: one client, without its socket: bytes come in, commands go to the engine, replies gather
// in order.
//
// Owned by the io side, used on its worker's thread only. It parses all complete commands of what
// has arrived before anything is written, and stops (wants_input() is false) while the client does
// not read its replies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/resp/request_parser.hpp"
#include "herdgate/core/resp/writer.hpp"
#include "herdgate/core/session/reply_queue.hpp"

namespace herdgate {

class engine;
class passed_replies;
class pending_reads;
class pinned_client;
struct command_info;

/// Who is at the other end. Fixed when the connection is accepted.
struct client_identity {
    std::uint64_t id = 0;  ///< unique in the process, grows; 0 = nobody, but herdgate for a client
    std::string address;   ///< "127.0.0.1:51234", or the socket's path and ":0"
    std::string local_address;
    int descriptor = -1;  ///< for CLIENT LIST only
};

/// What a client has set on its connection.
struct client_state {
    resp::protocol protocol = resp::protocol::resp2;
    std::uint16_t database = 0;
    bool authenticated = false;
    bool no_evict = false;
    bool muted = false;      ///< CLIENT REPLY OFF
    bool skip_next = false;  ///< CLIENT REPLY SKIP
    std::string user;        ///< whom it has authenticated as
    std::string name;        ///< CLIENT SETNAME
    std::string lib_name;    ///< CLIENT SETINFO
    std::string lib_version;
};

/// The connection of a session, as the core sees it.
class client_link {
  public:
    /// Replies have grown outside of consume(): send them. May end the connection, but not the
    /// session within the call.
    virtual void send() = 0;
    /// The daemon is stopping: answer what has arrived, then close.
    virtual void drain() = 0;
    /// The client has more unread replies than it may have: close now.
    virtual void overflow() = 0;
    /// Close now.
    virtual void abort() = 0;

  protected:
    ~client_link() = default;
};

class session {
  public:
    session(engine& owner, client_link& link, client_identity who, const instant& now);
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// Takes what has arrived: unconsumed bytes of earlier calls first, then new ones, in one
    /// piece. Runs every complete command for which there is room. Returns how many bytes are done
    /// with; the caller keeps the rest and passes it again, with more behind it or, when room has
    /// come, as it is.
    std::size_t consume(std::string_view bytes, const instant& now);

    /// False while too much is unsent or unanswered: read no further until replies() has been
    /// drained.
    bool wants_input() const noexcept;

    /// How many more bytes, at least, the command at hand needs. For sizing the next read.
    std::size_t wanted() const noexcept { return parser_.wanted(); }

    /// Whether part of a command has arrived.
    bool in_request() const noexcept { return parser_.in_request(); }

    /// The command at hand has not been run: it is, as the next one, once everything before it is
    /// answered.
    void postpone() noexcept { postponed_ = true; }

    /// No further command is run until release(): what they mean depends on an answer to come.
    void hold() noexcept { held_ = true; }
    void release() noexcept { held_ = false; }

    /// The client's own link to Redis, if it has one.
    pinned_client* own() noexcept { return own_.get(); }
    void set_own(std::unique_ptr<pinned_client> own) noexcept;

    /// A command that may wait for ever is waiting: nobody is there to hear its end.
    bool blocked() const noexcept;

    /// Replies have been sent, as far as the socket takes them. Not from within a call of a link.
    void sent();

    /// No more commands are taken: send what is ready once nothing is waiting, then close.
    bool closing() const noexcept { return closing_; }
    void close() noexcept { closing_ = true; }

    /// Unsent and held-back bytes are over the client's limit.
    bool over_output_limit() const noexcept;

    client_link& link() noexcept { return link_; }

    /// Bytes that were taken from replies() and are not sent yet: they count against the client's
    /// limits.
    void set_unsent(std::size_t bytes) noexcept { unsent_ = bytes; }

    /// Since when the command at hand has been arriving. Only while in_request().
    steady_time request_started() const noexcept { return request_started_; }
    steady_time opened() const noexcept { return opened_; }

    reply_queue& replies() noexcept { return replies_; }
    const reply_queue& replies() const noexcept { return replies_; }

    client_state& state() noexcept { return state_; }
    const client_state& state() const noexcept { return state_; }
    const client_identity& identity() const noexcept { return who_; }

    /// After AUTH, HELLO or RESET: the parser's limits depend on it.
    void set_authenticated(bool yes);

    /// One line as in CLIENT LIST, without its end.
    std::string describe(steady_time now) const;

    /// For the engine's list of clients to be sent to. mark_touched() is false if it is in that
    /// list already.
    bool mark_touched() noexcept { return !std::exchange(touched_, true); }
    void clear_touched() noexcept { touched_ = false; }

    /// Where the engine's list of its clients holds this one.
    std::size_t list_index = 0;

    /// Keys that this client loads (`load: client`). Others take over when it goes. Only the latest
    /// are kept; of the others their leases' ends tell.
    void add(const load_lead& lead);
    std::span<const load_lead> leads() const noexcept { return leads_; }

    /// Who hears the replies to commands that are passed on.
    const std::shared_ptr<passed_replies>& passed();

    /// Reads of this client that wait for a load. They forget the client when it goes.
    void add(pending_reads& waiting) noexcept;
    void remove(pending_reads& done) noexcept;

  private:
    void fail();
    void run(const instant& now);
    std::size_t unread() const noexcept;

    engine& engine_;
    client_link& link_;
    client_identity who_;
    client_state state_;
    resp::request_parser parser_;
    reply_queue replies_;
    std::unique_ptr<pinned_client> own_;
    std::shared_ptr<passed_replies> passed_;  ///< from the first one on
    pending_reads* waiting_ = nullptr;  ///< head of a list through the pending_reads themselves
    std::vector<load_lead> leads_;
    const command_info* last_command_ = nullptr;
    steady_time opened_;
    steady_time last_active_;
    steady_time request_started_{};
    std::size_t unsent_ = 0;
    bool closing_ = false;
    bool touched_ = false;
    bool postponed_ = false;
    bool held_ = false;
};

}  // namespace herdgate
