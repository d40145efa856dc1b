// SPDX-License-Identifier: Apache-2.0
//
// command_table: what Redis knows of its own commands: name, arity, flags, key positions. Data,
// generated from a live redis-server (scripts/generate_command_table), so that it cannot drift from
// what Redis does.
//
// Key positions are Redis's first/last/step. Commands whose keys lie elsewhere carry the flag
// "movablekeys"; none of them runs on the embedded store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace herdgate {

struct command_info {
    std::string_view name;  ///< lower case
    int arity;  ///< words of the command, its name included; negative: at least that many
    std::string_view flags;  ///< Redis's flags, separated by blanks
    int first_key;           ///< index of the first key among the words; 0 = no keys
    int last_key;            ///< index of the last key; negative counts from the end
    int key_step;
    std::string_view categories;  ///< ACL categories, separated by blanks
    std::string_view group;
    std::string_view since;

    /// Whether a command of `words` words has a possible length.
    bool arity_fits(std::size_t words) const noexcept {
        return arity >= 0 ? words == static_cast<std::size_t>(arity)
                          : words >= static_cast<std::size_t>(-arity);
    }
};

/// The indices of a command's keys: first, first + step, … up to and including last.
struct key_range {
    std::size_t first = 0;
    std::size_t last = 0;  ///< below first when there are none
    std::size_t step = 1;
};

/// All commands: Redis's, sorted by name, then herdgate's own one. The index of a command in it is
/// its identity within the process.
std::span<const command_info> command_table() noexcept;

/// Finds a command by its name in any case; nullptr if there is none.
const command_info* find_command(std::string_view name) noexcept;

/// Where the keys of a command of `words` words are. Empty (last < first) when it has none.
key_range keys_of(const command_info& info, std::size_t words) noexcept;

}  // namespace herdgate
