// SPDX-License-Identifier: Apache-2.0
//
// Hash commands on keys of routes with `as: hash`: the value is the text of a JSON object, and its
// members are the fields, in their order.
//
//   {"name": "Ann", "age": 42, "tags": ["a"], "left": null}
//
//   name → Ann      a string's characters
//   age  → 42       anything else as JSON text, without blanks between tokens
//   tags → ["a"]
//   left            null: there is no such field
//
// Of members of one name, the last counts. HSCAN gives all fields in one page.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "herdgate/core/command/command_table.hpp"
#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/resp/writer.hpp"

namespace herdgate {

/// HEXISTS, HGET, HGETALL, HKEYS, HLEN, HMGET, HSCAN, HSTRLEN, HVALS.
bool is_hash_read(const command_info& info) noexcept;

/// Whether a command works on a key whatever its value is: DEL, EXPIRE, TTL, TYPE and the like.
bool fits_any_kind(const command_info& info) noexcept;

/// As bad_arguments (routed_reads.hpp).
std::string_view bad_hash_arguments(const command_info& info,
                                    std::span<const std::string_view> args) noexcept;

/// Writes the reply. `result`: a value or nil. A value that is no JSON object is of the wrong type.
void render_hash_read(const command_info& info, std::span<const std::string_view> args,
                      const read_result& result, resp::protocol p, std::string& out);

}  // namespace herdgate
