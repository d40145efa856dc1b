// SPDX-License-Identifier: Apache-2.0
//
// COMMAND and its subcommands COUNT, LIST, INFO, DOCS, GETKEYS: the rows of the command table that
// run here.
#include <algorithm>
#include <array>
#include <vector>

#include "herdgate/core/base/words.hpp"
#include "herdgate/core/command/key_positions.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/resp/writer.hpp"
#include "herdgate/core/session/connection_commands.hpp"
#include "herdgate/core/session/server_commands.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {
namespace {

std::vector<const command_info*> own_commands() {
    std::vector<const command_info*> result;
    for (const command_info& info : command_table())
        if (runs_embedded(info)) result.push_back(&info);
    return result;
}

/// A name as COMMAND INFO and DOCS take it: "get", "client|id".
const command_info* find_own(std::string_view name) {
    const std::size_t bar = name.find('|');
    const command_info* info = find_command(name.substr(0, bar));
    if (info == nullptr || !runs_embedded(*info)) return nullptr;
    return bar == std::string_view::npos ? info : find_subcommand(*info, name.substr(bar + 1));
}

void write_words(std::string& out, std::string_view words, resp::protocol p) {
    std::vector<std::string_view> split;
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        split.push_back(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    resp::write_set(out, split.size(), p);
    for (const std::string_view word : split) resp::write_simple(out, word);
}

/// Name, arity, flags, first key, last key, step, ACL categories, tips, key specifications,
/// subcommands (all that Redis has).
void write_info(std::string& out, const command_info& info, resp::protocol p) {
    resp::write_array(out, 10);
    resp::write_bulk(out, info.name);
    resp::write_integer(out, info.arity);
    write_words(out, info.flags, p);
    resp::write_integer(out, info.first_key);
    resp::write_integer(out, info.last_key);
    resp::write_integer(out, info.key_step);
    write_words(out, info.categories, p);
    for (int i = 0; i < 2; ++i) resp::write_array(out, 0);
    const auto subcommands = subcommands_of(info);
    resp::write_array(out, subcommands.size());
    for (const command_info& subcommand : subcommands) write_info(out, subcommand, p);
}

void command_all(connection_call& call) {
    const auto own = own_commands();
    resp::write_array(call.out, own.size());
    for (const command_info* info : own) write_info(call.out, *info, call.client.state().protocol);
}

void command_count(connection_call& call) {
    resp::write_integer(call.out, static_cast<std::int64_t>(own_commands().size()));
}

void command_list(connection_call& call) {
    const auto own = own_commands();
    resp::write_array(call.out, own.size());
    for (const command_info* info : own) resp::write_bulk(call.out, info->name);
}

void command_info_of(connection_call& call) {
    if (call.args.size() == 2) return command_all(call);
    resp::write_array(call.out, call.args.size() - 2);
    for (const std::string_view name : call.args.subspan(2)) {
        const command_info* info = find_own(name);
        if (info == nullptr)
            resp::write_null_array(call.out, call.client.state().protocol);
        else
            write_info(call.out, *info, call.client.state().protocol);
    }
}

std::string summary_of(const command_info& info) {
    if (info.name == "herdgate") return "Inspects and steers what is loaded for routed keys.";
    return "As in Redis " + std::string{emulated_redis_version} + ".";
}

void command_docs(connection_call& call) {
    std::vector<const command_info*> shown;
    if (call.args.size() == 2) shown = own_commands();
    for (const std::string_view name : call.args.subspan(2))
        if (const command_info* info = find_own(name)) shown.push_back(info);
    const resp::protocol p = call.client.state().protocol;
    resp::write_map(call.out, shown.size(), p);
    for (const command_info* info : shown) {
        resp::write_bulk(call.out, info->name);
        resp::write_map(call.out, 3, p);
        resp::write_bulk(call.out, "summary");
        resp::write_bulk(call.out, summary_of(*info));
        resp::write_bulk(call.out, "since");
        resp::write_bulk(call.out, info->since);
        resp::write_bulk(call.out, "group");
        resp::write_bulk(call.out, info->group);
    }
}

void command_get_keys(connection_call& call) {
    const auto words = call.args.subspan(2);
    const command_info* info = find_own(words[0]);
    if (info != nullptr && info->is_container() && words.size() > 1)
        info = find_subcommand(*info, words[1]);
    if (info == nullptr) return resp::write_error(call.out, resp::errors::invalid_command);
    if (info->keys == key_layout::none)
        return resp::write_error(call.out, resp::errors::no_key_arguments);
    if (!info->arity_fits(words.size()))
        return resp::write_error(call.out, resp::errors::invalid_number_of_arguments);
    std::vector<std::size_t> keys;
    key_positions(*info, words, keys);
    resp::write_array(call.out, keys.size());
    for (const std::size_t key : keys) resp::write_bulk(call.out, words[key]);
}

struct subcommand {
    std::string_view name;
    std::size_t words_min;
    std::size_t words_max;
    connection_handler run;
};

constexpr std::size_t any = static_cast<std::size_t>(-1);
constexpr std::array<subcommand, 5> subcommands{{
    {"count", 2, 2, command_count},
    {"docs", 2, any, command_docs},
    {"getkeys", 3, any, command_get_keys},
    {"info", 2, any, command_info_of},
    {"list", 2, 2, command_list},
}};

}  // namespace

void run_command(connection_call& call) {
    if (call.args.size() == 1) return command_all(call);
    for (const subcommand& s : subcommands) {
        if (!is_word(call.args[1], s.name)) continue;
        if (call.args.size() < s.words_min || call.args.size() > s.words_max)
            return resp::write_error(call.out,
                                     resp::errors::wrong_arity("command|" + std::string{s.name}));
        return s.run(call);
    }
    resp::write_error(call.out, resp::errors::unknown_subcommand(call.args[1], "COMMAND"));
}

}  // namespace herdgate
