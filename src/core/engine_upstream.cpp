// SPDX-License-Identifier: Apache-2.0
//
// engine, continued: where a command goes when there is an upstream.
//
//   nobody has logged in     AUTH and HELLO only
//   the client has a link    there, but for routed keys and what is herdgate's own
//   to itself
//   otherwise                herdgate itself; or routed keys (engine_shared.cpp); or the worker's
//                            shared link; or, where Redis would keep state, a link of its own from
//                            now on (link_rules.hpp)
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "herdgate/core/base/words.hpp"
#include "herdgate/core/command/link_rules.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/connection_commands.hpp"
#include "herdgate/core/session/pinned_client.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {
namespace {

using words = std::span<const std::string_view>;

constexpr milliseconds longest_pause = std::chrono::hours{24 * 365};
/// Until Redis has answered CLIENT PAUSE.
constexpr milliseconds pause_in_doubt{1000};

bool is_one_of(std::string_view word, words names) {
    return std::any_of(names.begin(), names.end(),
                       [word](std::string_view name) { return is_word(word, name); });
}

/// CLIENT subcommands that need no connection.
bool is_local_client_command(words args) {
    constexpr std::array<std::string_view, 4> names{"getname", "reply", "setinfo", "setname"};
    return args.size() > 1 && is_one_of(args[1], names);
}

/// INFO herdgate: no other server has that section.
bool asks_for_own_section(words args) {
    return args.size() == 2 && is_word(args[1], "herdgate");
}

bool logs_in(words hello) {
    return std::any_of(hello.begin() + 1, hello.end(),
                       [](std::string_view word) { return is_word(word, "auth"); });
}

/// CLIENT REPLY ON goes to Redis, which says OK after what it said before.
bool is_reply_on(const command_info* info, words args) {
    return info != nullptr && info->name == "client" && args.size() == 3 &&
           is_word(args[1], "reply") && is_word(args[2], "on");
}

void unmute(session& client) {
    client.state().muted = false;
    client.replies().mute(false);
}

}  // namespace

bool engine::dedicated() const noexcept {
    return process_.shared_store &&
           configuration().upstream->links == upstream_config::link_mode::dedicated;
}

void engine::greet(session& client) {
    client.set_authenticated(!needs_auth());
    if (client.state().authenticated) client.state().user = "default";
}

void engine::execute_upstream(session& client, const command_info* info, words args) {
    if (client.own() != nullptr && client.own()->gone() && client.own()->refusal().empty())
        client.set_own(nullptr);
    if (!client.state().authenticated) return run_stranger(client, info, args);
    if (process_.dry_routes && info != nullptr && info->arity_fits(args.size()))
        look_on(client, *info, args);
    const bool inner = client.identity().id == 0;
    if (dedicated() && client.own() == nullptr && !inner) pin(client, login_of_clients());
    if (client.own() != nullptr) return run_pinned(client, info, args);
    if (info != nullptr && !info->arity_fits(args.size()))
        return reject(client, resp::errors::wrong_arity(info->name));
    if (info != nullptr && is_local(*info, args)) return run_connection(client, *info, args);
    if (info != nullptr && run_routed(client, *info, args)) return;
    metrics_.commands_passed.add();
    // A command that Redis lets wait would let all those behind it on a shared link wait as well.
    const bool paused = now_.steady < process_.paused_until.load();
    if (!paused && use_of(info, args) == link_use::shared) return pass(client, *info, args);
    // What has been sent on the shared link comes first.
    if (client.replies().waiting() > 0) return client.postpone();
    pin(client, login_of_clients());
    run_pinned(client, info, args);
}

/// Nothing of theirs goes upstream, but for a login to Redis itself.
void engine::run_stranger(session& client, const command_info* info, words args) {
    if (info == nullptr) return reject(client, resp::errors::unknown_command(args));
    if (!info->arity_fits(args.size()))
        return reject(client, resp::errors::wrong_arity(info->name));
    const bool login = info->name == "auth" || (info->name == "hello" && logs_in(args));
    if (login && configuration().auth_upstream) {
        if (client.own() == nullptr) pin(client, link_lender::login::none);
        return client.own()->pass(info, args);
    }
    if (info->flags.find("no_auth") == std::string_view::npos)
        return reject(client, resp::errors::no_auth);
    run_connection(client, *info, args);
    // With a link for each client: Redis is to see it from now on.
    if (client.state().authenticated && dedicated() && client.own() == nullptr)
        pin(client, login_of_clients());
}

void engine::run_pinned(session& client, const command_info* info, words args) {
    pinned_client& own = *client.own();
    const bool whole = info != nullptr && info->arity_fits(args.size());
    const bool ours = whole && (is_local_when_pinned(*info, args) || names_routed(*info, args));
    if (ours && own.in_doubt() && !own.settle()) return client.postpone();
    if (ours && !own.restricted()) {
        if (is_local_when_pinned(*info, args)) {
            if (own.in_transaction())
                return own.refuse(resp::errors::not_in_transaction(info->name));
            run_connection(client, *info, args);
            return;
        }
        if (run_routed(client, *info, args)) return;
    }
    if (!own.refusal().empty()) {
        client.replies().sink() += own.refusal();
        return client.set_own(nullptr);
    }
    if (is_reply_on(info, args) && !own.restricted()) unmute(client);
    const bool stream = effect_of(info, args) == link_effect::replicate;
    if (!own.prepare(info) || (stream && !own.settle())) return client.postpone();
    metrics_.commands_passed.add();
    if (effect_of(info, args) == link_effect::pause) note_pause({args.begin(), args.end()}, false);
    own.pass(info, args);
    if (info != nullptr && info->name == "quit") client.close();
}

void engine::note_pause(const std::vector<std::string_view>& args, bool accepted) {
    if (accepted && is_word(args[1], "unpause")) process_.paused_until = steady_time{};
    if (!is_word(args[1], "pause") || args.size() < 3) return;
    const auto wait = resp::parse_decimal(args[2]);
    if (!wait || *wait < 0) return;
    const milliseconds most = accepted ? longest_pause : pause_in_doubt;
    const steady_time until = now_.steady + std::min(milliseconds{*wait}, most);
    process_.paused_until = std::max(process_.paused_until.load(), until);
}

/// Whether a client may run a command on routed keys: with the configuration's login it may; of
/// others Redis is asked. False: it has been told no, or the command is to be run again.
bool engine::may_use(session& client, const command_info& info, words args) {
    pinned_client* own = client.own();
    if (own == nullptr || !own->acts_as_itself()) return true;
    const std::uint64_t question = permissions_.question(client.state().user, args);
    if (permissions_.allowed(question, now_.steady)) return true;
    const std::optional<std::string> verdict = own->take_verdict();
    if (!verdict) {
        client.postpone();
        own->ask(info, args);
        return false;
    }
    if (verdict->empty()) permissions_.allow(question, now_.steady);
    client.replies().sink() += *verdict;
    return verdict->empty();
}

void engine::run_connection(session& client, const command_info& info, words args) {
    metrics_.commands_connection.add();
    connection_call call{*this, client, info, args, client.replies().sink()};
    find_connection_handler(info.name)(call);
}

/// What herdgate answers for a client that has no link of its own.
bool engine::is_local(const command_info& info, words args) const {
    constexpr std::array<std::string_view, 4> names{"herdgate", "quit", "reset", "select"};
    if (is_one_of(info.name, names)) return true;
    if (info.name == "client") return is_local_client_command(args);
    if (info.name == "info") return asks_for_own_section(args);
    if (info.name == "hello") return has_users() || !logs_in(args);
    return info.name == "auth" && has_users();
}

/// What is herdgate's own business whatever the connection.
bool engine::is_local_when_pinned(const command_info& info, words args) const {
    if (info.name == "herdgate") return true;
    if (info.name == "client")
        return args.size() == 3 && is_word(args[1], "reply") &&
               (is_word(args[2], "off") || is_word(args[2], "skip"));
    if (info.name == "info") return asks_for_own_section(args);
    return has_users() && (info.name == "auth" || info.name == "hello");
}

link_lender::login engine::login_of_clients() const noexcept {
    return configuration().auth_upstream ? link_lender::login::none
                                         : link_lender::login::configured;
}

pinned_client& engine::pin(session& client, link_lender::login whose) {
    auto own = std::make_unique<pinned_client>(*this, client, *lender_, whose);
    pinned_client& made = *own;
    client.set_own(std::move(own));
    return made;
}

}  // namespace herdgate
