// SPDX-License-Identifier: Apache-2.0
//
// key_positions: which words of a command are keys, for every command of Redis, wherever its keys
// lie: by Redis's key specifications, and where these leave something open, by the order in which
// the command itself reads its words (SORT, MIGRATE, GEORADIUS, XREADGROUP).
//
// The answer is that of COMMAND GETKEYS, but for words on which GETKEYS and the command disagree.
// There it is what the command does: two STORE in SORT or GEORADIUS (the last one counts), a group
// called STREAMS, PFMERGE of one key.
//
// Not seen, because the words do not say them: keys that a command computes (SORT BY and GET,
// scripts that use keys they do not declare), and commands on whole databases. Nor channels.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "herdgate/core/command/command_table.hpp"

namespace herdgate {

/// Fills `out` with the indices of the keys in `args`, ascending; args[0] is the command's name.
/// `info` is its row: for a container, the second word says the subcommand. Empty if it has no
/// keys, or if its words do not fit, in a way that Redis refuses as well: a wrong number of words,
/// a number of keys that is none or too large.
void key_positions(const command_info& info, std::span<const std::string_view> args,
                   std::vector<std::size_t>& out);

}  // namespace herdgate
