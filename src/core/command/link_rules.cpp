// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/link_rules.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "herdgate/core/base/words.hpp"

namespace herdgate {
namespace {

struct rule {
    std::string_view name;
    link_use use = link_use::shared;
    link_effect effect = link_effect::none;
};

using use = link_use;
using effect = link_effect;

// Scripts and functions may run for long, and SCRIPT KILL has to overtake them. DEBUG SLEEP, too.
constexpr rule rules[] = {
    {"asking", use::kept},
    {"auth", use::kept, effect::auth},
    {"client", use::lent},
    {"debug", use::lent},
    {"discard", use::lent, effect::discard},
    {"eval", use::lent},
    {"eval_ro", use::lent},
    {"evalsha", use::lent},
    {"evalsha_ro", use::lent},
    {"exec", use::lent, effect::exec},
    {"failover", use::lent},
    {"fcall", use::lent},
    {"fcall_ro", use::lent},
    {"flushall", use::shared, effect::flush},
    {"flushdb", use::shared, effect::flush},
    {"function", use::lent},
    {"hello", use::lent, effect::hello},
    {"monitor", use::kept, effect::monitor},
    {"multi", use::lent, effect::multi},
    {"psubscribe", use::lent, effect::patterns},
    {"psync", use::kept, effect::replicate},
    {"punsubscribe", use::lent, effect::patterns},
    {"readonly", use::kept},
    {"readwrite", use::kept},
    {"replconf", use::kept},
    {"reset", use::lent, effect::reset},
    {"script", use::lent},
    {"select", use::lent, effect::select},
    {"shutdown", use::lent},
    {"ssubscribe", use::lent, effect::shards},
    {"subscribe", use::lent, effect::channels},
    {"sunsubscribe", use::lent, effect::shards},
    {"swapdb", use::shared, effect::flush},
    {"sync", use::kept, effect::replicate},
    {"unsubscribe", use::lent, effect::channels},
    {"unwatch", use::lent, effect::unwatch},
    {"wait", use::lent},
    {"waitaof", use::lent},
    {"watch", use::lent, effect::watch},
};

/// By the index of the command.
const rule& rule_of(const command_info& info) {
    static const std::vector<rule> by_command = [] {
        std::vector<rule> result(command_table().size());
        for (std::size_t i = 0; i < result.size(); ++i)
            for (const rule& r : rules)
                if (r.name == command_table()[i].name) result[i] = r;
        return result;
    }();
    return by_command[static_cast<std::size_t>(&info - command_table().data())];
}

bool is_one_of(std::string_view word, std::span<const std::string_view> names) {
    return std::any_of(names.begin(), names.end(),
                       [word](std::string_view name) { return is_word(word, name); });
}

/// CLIENT subcommands after which Redis knows something of the client, or the client something of
/// its connection.
bool keeps_client(std::string_view subcommand) {
    constexpr std::array<std::string_view, 9> names{"id",           "info",     "tracking",
                                                    "trackinginfo", "caching",  "getredir",
                                                    "no-evict",     "no-touch", "setinfo"};
    return is_one_of(subcommand, names);
}

}  // namespace

link_use use_of(const command_info* info, std::span<const std::string_view> args) noexcept {
    if (info == nullptr) return use::lent;
    const rule& r = rule_of(*info);
    if (info->name == "client" && args.size() > 1 && keeps_client(args[1])) return use::kept;
    if (info->name == "hello" && std::any_of(args.begin(), args.end(), [](std::string_view word) {
            return is_word(word, "auth");
        }))
        return use::kept;
    if (info->name == "script" && args.size() > 1 && is_word(args[1], "debug")) return use::kept;
    if (r.use == use::shared && may_block(info, args)) return use::lent;
    return r.use;
}

link_effect effect_of(const command_info* info, std::span<const std::string_view> args) noexcept {
    if (info == nullptr) return effect::none;
    if (info->name == "client" && args.size() == 3 && is_word(args[1], "setname"))
        return effect::set_name;
    if (info->name == "client" && args.size() > 1 &&
        (is_word(args[1], "pause") || is_word(args[1], "unpause")))
        return effect::pause;
    return rule_of(*info).effect;
}

bool needs_database(const command_info* info) noexcept {
    constexpr std::array<std::string_view, 4> without{"client", "function", "script", "shutdown"};
    return info == nullptr || !is_one_of(info->name, without);
}

bool may_block(const command_info* info, std::span<const std::string_view> args) noexcept {
    if (info == nullptr || info->name == "wait") return true;
    if (info->flags.find("blocking") == std::string_view::npos) return false;
    const bool streams = info->name == "xread" || info->name == "xreadgroup";
    return !streams || std::any_of(args.begin(), args.end(),
                                   [](std::string_view word) { return is_word(word, "block"); });
}

}  // namespace herdgate
