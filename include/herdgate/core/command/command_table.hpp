// SPDX-License-Identifier: Apache-2.0
//
// command_table: what Redis knows of its own commands and their subcommands: name, arity, flags,
// where the keys are. Data, generated from a live redis-server (scripts/generate_command_table), so
// that it cannot drift from what Redis does.
//
// Words are counted from 0, the command's name; those of a subcommand ("object|encoding") begin
// with the name of its container too. Looking up allocates nothing.
//
// Where the keys lie is said in two ways: Redis's first/last/step, which is all there is to know
// about most commands, and its key specifications, which key_positions.hpp reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace herdgate {

/// Where the search for some keys of a command begins.
enum class key_begin : std::uint8_t {
    index,    ///< at the word `at`
    keyword,  ///< after the first word `keyword` that is at `at` or later; below 0: searched for
              ///< backwards, from that far before the end
    unknown,  ///< it cannot be said
};

/// Which words are keys, from there on.
enum class key_find : std::uint8_t {
    range,   ///< all up to `last`, from there or, below 0, from the end; with a `limit` of n, the
             ///< first n-th part of the words
    keynum,  ///< as many as the word `number` says, beginning with the word `first`
    unknown,
};

/// A key specification of Redis: some of a command's keys. Numbers that mean nothing are 0.
struct key_spec {
    std::string_view flags;  ///< Redis's flags, separated by blanks: how the keys are used
    key_begin begin;
    int at;
    std::string_view keyword;  ///< lower case
    key_find find;
    int last;
    int limit;
    int number;
    int first;
    int step;  ///< every n-th word is a key
};

/// What it takes to find the keys of a command.
enum class key_layout : std::uint8_t {
    none,      ///< it has no keys
    range,     ///< first, last and step say it all: keys_of
    searched,  ///< they depend on what the words say: key_positions
};

/// Some neighbours in another table.
struct table_slice {
    std::uint16_t first;
    std::uint16_t count;
};

struct command_info {
    std::string_view name;  ///< lower case; of a subcommand: "container|subcommand"
    int arity;  ///< words of the command, its name included; negative: at least that many
    std::string_view flags;  ///< Redis's flags, separated by blanks
    int first_key;           ///< index of the first key among the words; 0 = no keys
    int last_key;            ///< index of the last key; negative counts from the end
    int key_step;
    std::string_view categories;  ///< ACL categories, separated by blanks
    std::string_view group;
    std::string_view since;
    table_slice subcommands;  ///< see subcommands_of
    table_slice key_specs;    ///< see key_specs_of
    key_layout keys;

    /// Whether a command of `words` words has a possible length.
    bool arity_fits(std::size_t words) const noexcept {
        return arity >= 0 ? words == static_cast<std::size_t>(arity)
                          : words >= static_cast<std::size_t>(-arity);
    }

    /// Whether the second word names the command that is run: OBJECT, CLIENT, XGROUP, …
    bool is_container() const noexcept { return subcommands.count != 0; }
};

/// The indices of a command's keys: first, first + step, … up to and including last.
struct key_range {
    std::size_t first = 0;
    std::size_t last = 0;  ///< below first when there are none
    std::size_t step = 1;
};

/// All commands: Redis's, sorted by name, then herdgate's own one; no subcommands. The index of a
/// command in it is its identity within the process.
std::span<const command_info> command_table() noexcept;

/// The subcommands of a container, sorted by name; empty for other commands.
std::span<const command_info> subcommands_of(const command_info& container) noexcept;

/// The key specifications of a command or subcommand. A container has none.
std::span<const key_spec> key_specs_of(const command_info& info) noexcept;

/// Finds a command by its name in any case; nullptr if there is none.
const command_info* find_command(std::string_view name) noexcept;

/// Finds a subcommand by its own name ("encoding") in any case; nullptr if there is none.
const command_info* find_subcommand(const command_info& container, std::string_view word) noexcept;

/// Where the keys of a command of `words` words are, by first, last and step. Empty (last < first)
/// when it has none. Of a command whose layout is `searched` these are some of the keys, or none.
key_range keys_of(const command_info& info, std::size_t words) noexcept;

}  // namespace herdgate
