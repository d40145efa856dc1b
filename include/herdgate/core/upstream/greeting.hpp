// SPDX-License-Identifier: Apache-2.0
//
// greeting: what is said to Redis before a link is up, one command at a time, each sent when the
// one before has been answered:
//
//     AUTH [user] password ─► PING ─► HELLO 3 ─► SELECT database ─► CLIENT SETNAME name ─► done
//
// What is not configured is left out; PING is there so that Redis has answered, and is past
// loading its data, when a link is up; but not where clients see for themselves. An
// error ends the attempt, but for two: CLIENT SETNAME's (a name is a convenience) and PING's NOPERM
// (Redis has answered; the user may do other things).
//
// The reasons of failures are Redis's own words, without the password: not even where Redis repeats
// the arguments of a command that it does not know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "herdgate/core/upstream/link_settings.hpp"

namespace herdgate {

class greeting {
  public:
    /// What follows from a reply.
    struct verdict {
        enum class next : std::uint8_t {
            send,  ///< `text` is the next command
            done,  ///< the link is up
            fail,  ///< the attempt has failed; `text` says why
        };
        next what = next::done;
        std::string text;
    };

    /// `settings` outlives it.
    explicit greeting(const link_settings& settings) noexcept : settings_(&settings) {}

    /// The first command of a new connection; empty if nothing is to be said.
    std::string begin();

    /// `frame`: the reply to the last command.
    verdict on_reply(std::string_view frame);

  private:
    enum class step : std::uint8_t { auth, ping, hello, select, name, done };

    void go_on() noexcept;
    bool needed(step s) const noexcept;
    std::string command(step s) const;
    std::string without_password(std::string_view text) const;

    const link_settings* settings_;
    step step_ = step::auth;
};

}  // namespace herdgate
