// SPDX-License-Identifier: Apache-2.0
//
// exec_reply: the reply of EXEC where the transaction held commands on routed keys. Redis has been
// given a word to keep their places; they are run here, once Redis has run the others, and their
// replies put in those places:
//
//   client    SET a 1      GET product:1     SELECT 2   GET product:2
//   Redis     SET a 1      ECHO ""           SELECT 2   ECHO ""
//   EXEC      +OK          $0                +OK        $0
//   becomes   +OK          $5 shoes          +OK        $4 hats (of database 2)
//
// They run in a session without a socket that ends with this object. Owned by the client's
// pinned_client.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/command/link_rules.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {

/// What herdgate itself has to do for one of a transaction's commands.
struct queued_command {
    std::size_t place;   ///< of its reply, among those of EXEC; before: among the commands
    link_effect effect;  ///< none: it is to be run here
    std::vector<std::string> args;  ///< its name first
};

class exec_reply final : private client_link {
  public:
    /// `client` outlives this. `done` gets the reply, once; it may be within run(), and may not
    /// destroy this.
    exec_reply(engine& owner, session& client, std::function<void(std::string)> done);
    ~exec_reply();

    /// `frames`: EXEC's array, and what follows it, as Redis gives them.
    void run(std::string_view frames, const std::vector<queued_command>& commands,
             const instant& now);
    /// One command that is in no transaction after all.
    void run_alone(const std::vector<std::string>& args, const instant& now);

    bool done() const noexcept { return done_ == nullptr; }

  private:
    void start(const std::vector<std::string>& args, const instant& now);
    void finish();

    void send() override { finish(); }
    void drain() override {}
    void overflow() override { client_.link().overflow(); }
    void abort() override {}

    engine& owner_;
    session& client_;
    std::function<void(std::string)> done_;
    std::string frames_;               ///< EXEC's; empty: a command alone
    std::vector<std::size_t> places_;  ///< of the commands that run here
    session inner_;
    bool started_ = false;
};

}  // namespace herdgate
