// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/connection_commands.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/base/words.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/hash_reads.hpp"
#include "herdgate/core/session/herdgate_command.hpp"
#include "herdgate/core/session/password.hpp"
#include "herdgate/core/session/server_commands.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {
namespace {

/// Logs the client in; false, with the error written, if that fails.
bool log_in(connection_call& call, std::string_view user, std::string_view password) {
    const auto& users = call.owner.configuration().users;
    const bool known = users.empty()
                           ? user == "default"
                           : std::any_of(users.begin(), users.end(), [&](const auth_user& u) {
                                 return u.name == user && is_password(password, u.password);
                             });
    if (!known) {
        resp::write_error(call.out, resp::errors::wrong_pass);
        return false;
    }
    call.client.set_authenticated(true);
    call.client.state().user = std::string{user};
    return true;
}

bool good_client_name(std::string_view name) noexcept {
    return std::all_of(name.begin(), name.end(), [](char c) { return c >= '!' && c <= '~'; });
}

void run_auth(connection_call& call) {
    if (call.args.size() > 3) return resp::write_error(call.out, resp::errors::syntax);
    const bool named = call.args.size() == 3;
    if (!named && !call.owner.needs_auth())
        return resp::write_error(call.out, resp::errors::no_password_configured);
    if (log_in(call, named ? call.args[1] : "default", call.args[named ? 2 : 1]))
        call.out += resp::ok;
}

void write_hello(connection_call& call) {
    const resp::protocol p = call.client.state().protocol;
    resp::write_map(call.out, 7, p);
    resp::write_bulk(call.out, "server");
    resp::write_bulk(call.out, "redis");
    resp::write_bulk(call.out, "version");
    resp::write_bulk(call.out, emulated_redis_version);
    resp::write_bulk(call.out, "proto");
    resp::write_integer(call.out, static_cast<int>(p));
    resp::write_bulk(call.out, "id");
    resp::write_integer(call.out, static_cast<std::int64_t>(call.client.identity().id));
    resp::write_bulk(call.out, "mode");
    resp::write_bulk(call.out, "standalone");
    resp::write_bulk(call.out, "role");
    resp::write_bulk(call.out, "master");
    resp::write_bulk(call.out, "modules");
    resp::write_array(call.out, 0);
}

/// HELLO [version [AUTH user password] [SETNAME name]]. Nothing changes unless all of it is right.
void run_hello(connection_call& call) {
    const auto args = call.args;
    client_state& state = call.client.state();
    resp::protocol protocol = state.protocol;
    std::size_t next = 1;
    if (args.size() > 1) {
        const auto version = resp::parse_decimal(args[next++]);
        if (!version) return resp::write_error(call.out, resp::errors::bad_proto);
        if (*version != 2 && *version != 3)
            return resp::write_error(call.out, resp::errors::no_proto);
        protocol = *version == 3 ? resp::protocol::resp3 : resp::protocol::resp2;
    }
    std::optional<std::pair<std::string_view, std::string_view>> credentials;
    std::optional<std::string_view> name;
    for (; next < args.size(); ++next) {
        const std::size_t more = args.size() - next - 1;
        if (is_word(args[next], "auth") && more >= 2) {
            credentials.emplace(args[next + 1], args[next + 2]);
            next += 2;
        } else if (is_word(args[next], "setname") && more >= 1) {
            name = args[++next];
            if (!good_client_name(*name))
                return resp::write_error(call.out, resp::errors::bad_client_name);
        } else {
            return resp::write_error(call.out, resp::errors::hello_syntax(args[next]));
        }
    }
    if (credentials && !log_in(call, credentials->first, credentials->second)) return;
    if (!state.authenticated) return resp::write_error(call.out, resp::errors::hello_no_auth);
    if (name) state.name = std::string{*name};
    state.protocol = protocol;
    write_hello(call);
}

void run_ping(connection_call& call) {
    if (call.args.size() > 2) return resp::write_error(call.out, resp::errors::wrong_arity("ping"));
    if (call.args.size() == 2) return resp::write_bulk(call.out, call.args[1]);
    resp::write_simple(call.out, "PONG");
}

void run_echo(connection_call& call) {
    resp::write_bulk(call.out, call.args[1]);
}

void run_select(connection_call& call) {
    const auto index = resp::parse_decimal(call.args[1]);
    if (!index) return resp::write_error(call.out, resp::errors::not_an_integer);
    if (*index < 0 || *index >= static_cast<std::int64_t>(limits::databases))
        return resp::write_error(call.out, resp::errors::database_out_of_range);
    call.client.state().database = static_cast<std::uint16_t>(*index);
    call.out += resp::ok;
}

void run_reset(connection_call& call) {
    // As in Redis, it is answered also where nothing was (CLIENT REPLY OFF).
    if (call.client.state().muted) call.client.replies().mute(false);
    call.client.state() = client_state{};
    call.owner.greet(call.client);
    resp::write_simple(call.client.replies().sink(), "RESET");
}

void run_quit(connection_call& call) {
    call.out += resp::ok;
    call.client.close();
}

void client_set_name(connection_call& call) {
    if (!good_client_name(call.args[2]))
        return resp::write_error(call.out, resp::errors::bad_client_name);
    call.client.state().name = std::string{call.args[2]};
    call.out += resp::ok;
}

void client_get_name(connection_call& call) {
    const client_state& state = call.client.state();
    if (state.name.empty()) return resp::write_null(call.out, state.protocol);
    resp::write_bulk(call.out, state.name);
}

void client_set_info(connection_call& call) {
    client_state& state = call.client.state();
    const bool name = is_word(call.args[2], "lib-name");
    if (!name && !is_word(call.args[2], "lib-ver"))
        return resp::write_error(call.out, resp::errors::unknown_client_info(call.args[2]));
    if (!good_client_name(call.args[3]))
        return resp::write_error(call.out,
                                 resp::errors::bad_client_info(name ? "lib-name" : "lib-ver"));
    (name ? state.lib_name : state.lib_version) = std::string{call.args[3]};
    call.out += resp::ok;
}

/// CLIENT REPLY ON | OFF | SKIP: the first alone is answered.
void client_reply(connection_call& call) {
    client_state& state = call.client.state();
    if (is_word(call.args[2], "on")) {
        state.muted = state.skip_next = false;
        call.client.replies().mute(false);
        call.client.replies().sink() += resp::ok;
    } else if (is_word(call.args[2], "off")) {
        state.muted = true;
    } else if (is_word(call.args[2], "skip")) {
        state.skip_next = !state.muted;
    } else {
        resp::write_error(call.out, resp::errors::syntax);
    }
}

void client_no_evict(connection_call& call) {
    const bool on = is_word(call.args[2], "on");
    if (!on && !is_word(call.args[2], "off"))
        return resp::write_error(call.out, resp::errors::syntax);
    call.client.state().no_evict = on;
    call.out += resp::ok;
}

void client_info(connection_call& call) {
    resp::write_text(call.out, call.client.describe(call.owner.now().steady) + "\n",
                     call.client.state().protocol);
}

void client_list(connection_call& call) {
    call.owner.describe(call.client, call.info, call.args, message::describe::subject::clients);
}

void client_id(connection_call& call) {
    resp::write_integer(call.out, static_cast<std::int64_t>(call.client.identity().id));
}

struct subcommand {
    std::string_view name;
    std::size_t words;  ///< exactly
    connection_handler run;
};

constexpr std::array<subcommand, 8> client_subcommands{{
    {"getname", 2, client_get_name},
    {"id", 2, client_id},
    {"info", 2, client_info},
    {"list", 2, client_list},
    {"no-evict", 3, client_no_evict},
    {"reply", 3, client_reply},
    {"setinfo", 4, client_set_info},
    {"setname", 3, client_set_name},
}};

void run_client(connection_call& call) {
    const auto found =
        std::find_if(client_subcommands.begin(), client_subcommands.end(),
                     [&](const subcommand& s) { return is_word(call.args[1], s.name); });
    if (found == client_subcommands.end())
        return resp::write_error(call.out,
                                 resp::errors::unknown_subcommand(call.args[1], "CLIENT"));
    if (call.args.size() != found->words)
        return resp::write_error(call.out,
                                 resp::errors::wrong_arity("client|" + std::string{found->name}));
    found->run(call);
}

struct named_handler {
    std::string_view name;
    connection_handler run;
};

constexpr std::array<named_handler, 13> handlers{{
    {"auth", run_auth},
    {"client", run_client},
    {"command", run_command},
    {"config", run_config},
    {"echo", run_echo},
    {"hello", run_hello},
    {"herdgate", run_herdgate},
    {"info", run_info},
    {"ping", run_ping},
    {"quit", run_quit},
    {"reset", run_reset},
    {"select", run_select},
    {"time", run_time},
}};

}  // namespace

connection_handler find_connection_handler(std::string_view lowercase_name) noexcept {
    for (const named_handler& h : handlers)
        if (h.name == lowercase_name) return h.run;
    return nullptr;
}

bool runs_embedded(const command_info& info) noexcept {
    return find_connection_handler(info.name) != nullptr ||
           find_keyspace_handler(info.name) != nullptr || is_hash_read(info);
}

}  // namespace herdgate
