// SPDX-License-Identifier: Apache-2.0
//
// Read commands that load a routed key when it is missing, and how their replies are made from the
// results.
//
//   GET, GETEX, MGET     the value; nil if the key does not exist
//   GETRANGE, SUBSTR     part of it
//   STRLEN, EXISTS       what only a load can tell, if nothing is known
//   HGET, HMGET, …       of a route with `as: hash`: fields of the JSON object (hash_reads.hpp)
//
// TYPE, TTL, PTTL, EXPIRETIME, PEXPIRETIME and TOUCH tell what is known now and load nothing.
// A key that could not be loaded makes the whole reply its error: an MGET never passes off an error
// as a nil.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "herdgate/core/command/command_table.hpp"
#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/resp/writer.hpp"

namespace herdgate {

bool loads_on_miss(const command_info& info) noexcept;

/// Whether the reply depends on words beyond the keys.
bool reply_needs_args(const command_info& info) noexcept;

/// What is wrong with the words of a read, as an error text; empty if nothing is. Checked before
/// anything is loaded.
std::string_view bad_arguments(const command_info& info,
                               std::span<const std::string_view> args) noexcept;

/// Writes the reply. `results`: one per key, in order. `args` as checked by bad_arguments; used
/// only by commands for which reply_needs_args.
void render_reads(const command_info& info, std::span<const std::string_view> args,
                  std::span<const read_result> results, resp::protocol protocol, std::string& out);

/// The number that a reply from upstream is; 0 for everything else.
std::int64_t reply_integer(const read_result& result) noexcept;

}  // namespace herdgate
