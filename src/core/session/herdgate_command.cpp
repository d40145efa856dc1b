// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/herdgate_command.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "herdgate/core/base/words.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/explanation.hpp"
#include "herdgate/core/session/reports.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {
namespace {

using subject = message::describe::subject;

constexpr std::array<std::string_view, 19> help_lines{
    "HERDGATE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "EXPLAIN <key>",
    "    Tell which route claims a key, what would be loaded, and what is stored.",
    "FLIGHTS",
    "    List the loads in progress.",
    "INVALIDATE <key>",
    "    Erase the entry of a key.",
    "INVALIDATE TAG <tag> [STALE]",
    "    Erase all entries that have a tag, or make them stale.",
    "REFRESH <key>",
    "    Load a key anew, and wait for it.",
    "ROUTES",
    "    List the routes.",
    "STATS",
    "    Return the figures of /metrics.",
    "WARM <key> [<key> ...]",
    "    Load those keys that are not fresh, and wait for them.",
    "HELP",
    "    Print this help."};

resp::protocol protocol_of(const connection_call& call) {
    return call.client.state().protocol;
}

/// True, with the error written, if no route claims one of the keys.
bool refuse_unrouted(connection_call& call) {
    for (const std::string_view key : call.args.subspan(2)) {
        if (call.owner.process().routes.find(key) != nullptr) continue;
        resp::write_error(call.out, resp::errors::no_route(shown_key(key)));
        return true;
    }
    return false;
}

void herdgate_explain(connection_call& call) {
    call.owner.explain(call.client, call.info, call.args);
}

void herdgate_flights(connection_call& call) {
    call.owner.describe(call.client, call.info, call.args, subject::flights);
}

void herdgate_help(connection_call& call) {
    resp::write_array(call.out, help_lines.size());
    for (const std::string_view line : help_lines) resp::write_simple(call.out, line);
}

void invalidate_tag(connection_call& call) {
    const bool soft = call.args.size() == 5;
    if (!is_word(call.args[2], "tag") || (soft && !is_word(call.args[4], "stale")))
        return resp::write_error(call.out, resp::errors::syntax);
    call.owner.invalidate_tag(call.client, call.info, call.args, soft);
}

void herdgate_invalidate(connection_call& call) {
    if (call.args.size() > 3) return invalidate_tag(call);
    if (!refuse_unrouted(call)) call.owner.invalidate(call.client, call.info, call.args, call.out);
}

void herdgate_refresh(connection_call& call) {
    if (!refuse_unrouted(call)) call.owner.refresh(call.client, call.info, call.args);
}

void herdgate_routes(connection_call& call) {
    write_report(call.out, routes_report(call.owner.process()), protocol_of(call));
}

void herdgate_stats(connection_call& call) {
    write_report(call.out, stats_report(call.owner.process()), protocol_of(call));
}

void herdgate_warm(connection_call& call) {
    if (call.args.size() - 2 > warm_keys_max)
        return resp::write_error(call.out, resp::errors::too_many_keys(warm_keys_max));
    if (!refuse_unrouted(call)) call.owner.warm(call.client, call.info, call.args);
}

struct subcommand {
    std::string_view name;
    std::size_t words_min;
    std::size_t words_max;
    connection_handler run;
};

constexpr std::size_t any = static_cast<std::size_t>(-1);
constexpr std::array<subcommand, 8> subcommands{{
    {"explain", 3, 3, herdgate_explain},
    {"flights", 2, 2, herdgate_flights},
    {"help", 2, 2, herdgate_help},
    {"invalidate", 3, 5, herdgate_invalidate},
    {"refresh", 3, 3, herdgate_refresh},
    {"routes", 2, 2, herdgate_routes},
    {"stats", 2, 2, herdgate_stats},
    {"warm", 3, any, herdgate_warm},
}};

std::string explanation(const engine& owner, std::string_view key,
                        std::span<const read_result> parts) {
    std::string text = explain(owner.configuration(), key);
    text += parts[1].what == read_result::kind::error ? explain_no_entry(parts[1].error)
                                                      : std::string{parts[1].value.view()};
    return text += parts[0].value.view();
}

}  // namespace

void run_herdgate(connection_call& call) {
    const auto found =
        std::find_if(subcommands.begin(), subcommands.end(),
                     [&](const subcommand& s) { return is_word(call.args[1], s.name); });
    if (found == subcommands.end())
        return resp::write_error(call.out,
                                 resp::errors::unknown_subcommand(call.args[1], "HERDGATE"));
    if (call.args.size() < found->words_min || call.args.size() > found->words_max)
        return resp::write_error(call.out,
                                 resp::errors::wrong_arity("herdgate|" + std::string{found->name}));
    found->run(call);
}

void render_herdgate(engine& owner, const pending_reads& command,
                     std::span<const read_result> results, resp::protocol p, std::string& out) {
    const std::string_view what = command.args[1];
    if (is_word(what, "explain"))
        return resp::write_text(out, explanation(owner, command.args[2], results), p);
    if (is_word(what, "flights")) {
        std::vector<std::string_view> parts;
        for (const read_result& part : results) parts.push_back(part.value.view());
        return write_report(out, joined_reports(parts, listed_flights_max), p);
    }
    if (is_word(what, "warm")) {
        const auto loaded = std::count_if(results.begin(), results.end(), [](const read_result& r) {
            return r.what == read_result::kind::nil;
        });
        return resp::write_integer(out, loaded);
    }
    const read_result& result = results.front();
    const bool failed = result.what == read_result::kind::error;
    if (is_word(what, "refresh") && failed) {
        const route* r = owner.process().routes.find(command.args[2]);
        return resp::write_error(out, resp::errors::load_failed(r->name, result.error));
    }
    if (failed) return resp::write_error(out, result.error);
    const bool tag = is_word(what, "invalidate") && command.args.size() > 3;
    if (tag && !result.value.view().starts_with('-')) {
        out += resp::ok;
        return;
    }
    out += is_word(what, "refresh") ? resp::ok : result.value.view();
}

}  // namespace herdgate
