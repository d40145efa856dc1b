// SPDX-License-Identifier: Apache-2.0
//
// Commands about the connection and the server itself, which work before and without any key:
// HELLO, AUTH, PING, ECHO, SELECT, CLIENT, RESET, QUIT; COMMAND, INFO, CONFIG GET, TIME.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/command/command_table.hpp"

namespace herdgate {

class engine;
class session;

/// One command being run. The reply goes to `out`, or later into a slot that the handler opened.
struct connection_call {
    engine& owner;
    session& client;
    const command_info& info;
    std::span<const std::string_view> args;  ///< args[0] is the name as typed; the arity fits
    std::string& out;
};

using connection_handler = void (*)(connection_call&);

/// nullptr if the command is not of this kind.
connection_handler find_connection_handler(std::string_view lowercase_name) noexcept;

/// Whether herdgate itself runs a command of Redis's, without an upstream.
bool runs_embedded(const command_info& info) noexcept;

}  // namespace herdgate
