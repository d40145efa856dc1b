// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/command_table.hpp"

#include "herdgate/core/base/words.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

namespace herdgate {
namespace {

constexpr command_info table[] = {
#include "command_table.inc"
    {"herdgate",
     -2,
     "admin loading noscript stale",
     0,
     0,
     0,
     "@admin @slow",
     "server",
     "0.1.0",
     {0, 0},
     {0, 0},
     key_layout::none},
};

constexpr command_info subcommand_table[] = {
#include "subcommand_table.inc"
};

constexpr key_spec key_spec_table[] = {
#include "key_specs.inc"
};

constexpr std::size_t name_bytes_max = 32;

using name_index = boost::unordered_flat_map<std::string_view, const command_info*>;

const name_index& index_by_name() {
    static const name_index index = [] {
        name_index result;
        for (const command_info& info : table) result.emplace(info.name, &info);
        return result;
    }();
    return index;
}

}  // namespace

std::span<const command_info> command_table() noexcept {
    return table;
}

std::span<const command_info> subcommands_of(const command_info& container) noexcept {
    return std::span{subcommand_table}.subspan(container.subcommands.first,
                                               container.subcommands.count);
}

std::span<const key_spec> key_specs_of(const command_info& info) noexcept {
    return std::span{key_spec_table}.subspan(info.key_specs.first, info.key_specs.count);
}

const command_info* find_command(std::string_view name) noexcept {
    if (name.size() > name_bytes_max) return nullptr;
    char lower[name_bytes_max];
    for (std::size_t i = 0; i < name.size(); ++i) {
        lower[i] = to_lower(name[i]);
    }
    const name_index& index = index_by_name();
    const auto found = index.find(std::string_view{lower, name.size()});
    return found == index.end() ? nullptr : found->second;
}

const command_info* find_subcommand(const command_info& container, std::string_view word) noexcept {
    for (const command_info& info : subcommands_of(container))
        if (is_word(word, info.name.substr(container.name.size() + 1))) return &info;
    return nullptr;
}

key_range keys_of(const command_info& info, std::size_t words) noexcept {
    if (info.first_key <= 0 || info.keys == key_layout::none) return {1, 0, 1};
    const auto count = static_cast<std::ptrdiff_t>(words);
    std::ptrdiff_t last = info.last_key < 0 ? count + info.last_key : info.last_key;
    if (last >= count) last = count - 1;
    const auto first = static_cast<std::size_t>(info.first_key);
    if (last < info.first_key) return {first, first - 1, 1};
    return {first, static_cast<std::size_t>(last), static_cast<std::size_t>(info.key_step)};
}

}  // namespace herdgate
