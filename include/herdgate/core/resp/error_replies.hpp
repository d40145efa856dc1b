// SPDX-License-Identifier: Apache-2.0
//
// Every error text that a client may see, in one place: without the leading '-' and the line's end.
// Where Redis has a text for the case, it is Redis 7.0's own, byte for byte: clients match on them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace herdgate::resp::errors {

// Redis's own.
inline constexpr std::string_view syntax = "ERR syntax error";
inline constexpr std::string_view wrong_type =
    "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr std::string_view not_an_integer = "ERR value is not an integer or out of range";
inline constexpr std::string_view not_a_float = "ERR value is not a valid float";
inline constexpr std::string_view nan_or_infinity = "ERR increment would produce NaN or Infinity";
inline constexpr std::string_view overflow = "ERR increment or decrement would overflow";
inline constexpr std::string_view decrement_overflow = "ERR decrement would overflow";
inline constexpr std::string_view expire_nx_with_others =
    "ERR NX and XX, GT or LT options at the same time are not compatible";
inline constexpr std::string_view expire_gt_with_lt =
    "ERR GT and LT options at the same time are not compatible";
inline constexpr std::string_view same_object = "ERR source and destination objects are the same";
inline constexpr std::string_view not_an_int32 =
    "ERR value is out of range, value must between -2147483648 and 2147483647";
inline constexpr std::string_view string_too_long =
    "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
inline constexpr std::string_view offset_out_of_range = "ERR offset is out of range";
inline constexpr std::string_view no_such_key = "ERR no such key";
inline constexpr std::string_view invalid_cursor = "ERR invalid cursor";
inline constexpr std::string_view invalid_database = "ERR invalid DB index";
inline constexpr std::string_view database_out_of_range = "ERR DB index is out of range";
inline constexpr std::string_view no_auth = "NOAUTH Authentication required.";
inline constexpr std::string_view hello_no_auth =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
    "<proto> AUTH <user> "
    "<pass> option can be used to authenticate the client and select the RESP protocol version at "
    "the same time";
inline constexpr std::string_view no_proto = "NOPROTO unsupported protocol version";
inline constexpr std::string_view bad_proto =
    "ERR Protocol version is not an integer or out of range";
inline constexpr std::string_view wrong_pass =
    "WRONGPASS invalid username-password pair or user is disabled.";
inline constexpr std::string_view no_password_configured =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure "
    "your "
    "configuration is correct?";
inline constexpr std::string_view bad_client_name =
    "ERR Client names cannot contain spaces, newlines or special characters.";
inline constexpr std::string_view max_clients = "ERR max number of clients reached";
inline constexpr std::string_view invalid_command = "ERR Invalid command specified";
inline constexpr std::string_view no_key_arguments = "ERR The command has no key arguments";
inline constexpr std::string_view invalid_number_of_arguments =
    "ERR Invalid number of arguments specified for command";
inline constexpr std::string_view out_of_memory =
    "OOM command not allowed when used memory > 'maxmemory'.";

/// `args`: the whole command, name first.
std::string unknown_command(std::span<const std::string_view> args);
std::string hello_syntax(std::string_view option);
std::string unknown_client_info(std::string_view option);
std::string bad_client_info(std::string_view option);
std::string wrong_arity(
    std::string_view command);  ///< command in lower case; "client|id" for subcommands
std::string invalid_expire(std::string_view command);     ///< command in lower case
std::string unsupported_option(std::string_view option);  ///< as typed; of EXPIRE
std::string unknown_subcommand(std::string_view subcommand,
                               std::string_view command);  ///< as typed; upper case

// herdgate's own.

/// A command that Redis has and the embedded store has not.
std::string needs_upstream(std::string_view command);
/// A command that cannot be used on a routed key.
std::string not_on_route(std::string_view command, std::string_view route);
/// A client's write where the route takes none.
std::string write_rejected(std::string_view command, std::string_view route);
/// `key`: printable.
std::string no_route(std::string_view key);
std::string too_many_keys(std::size_t most);
/// The load of a key failed. `reason` is for people (load_result::reason).
std::string load_failed(std::string_view route, std::string_view reason);
/// The last load failed a moment ago and none is started before `retry_in_ms`.
std::string backing_off(std::string_view route, std::string_view reason, long long retry_in_ms);
/// The reader waited as long as its route lets it.
std::string wait_timed_out(std::string_view route, long long waited_ms);
/// As many readers as the route allows are waiting for this key already.
std::string too_many_waiters(std::string_view route);
/// The key cannot be put where the route's template wants it.
std::string key_refused(std::string_view route, std::string_view reason);
/// Redis cannot be reached.
inline constexpr std::string_view upstream_away =
    "ERR herdgate: the upstream Redis is not reachable";
/// Redis went away while it was asked.
inline constexpr std::string_view upstream_lost =
    "ERR herdgate: the connection to the upstream Redis was lost; the command may have run";
/// A client's write to an entry that others keep changing.
inline constexpr std::string_view entry_busy =
    "ERR herdgate: the entry changes too often; nothing was written";
/// A command of herdgate's own between MULTI and EXEC.
std::string not_in_transaction(std::string_view command);
/// A write to a routed key by a user of Redis's own, between WATCH and EXEC.
std::string not_while_watching(std::string_view command);
/// One command asks for more than the client may leave unread.
inline constexpr std::string_view reply_too_large =
    "ERR herdgate: the reply would be larger than limits.output";
/// Another client is not local and no users are configured.
inline constexpr std::string_view protected_mode =
    "DENIED herdgate serves clients of other hosts only when users are configured: set auth.users, "
    "or listen on a "
    "loopback address or a unix socket.";

}  // namespace herdgate::resp::errors
