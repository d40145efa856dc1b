// SPDX-License-Identifier: Apache-2.0
//
// HERDGATE and its subcommands: what an operator asks of the routes over RESP. None is ever passed
// on to Redis.
//
//   EXPLAIN key      a text: what would be done for the key, and what there is
//   REFRESH key      OK once the key has been loaded anew and stored
//   INVALIDATE key   the entry is erased; a load in progress is not stored; 1 if there was a value
//   WARM key...      how many keys were loaded and stored; those that are fresh are not loaded
//   STATS            a map: the figures of /metrics
//   ROUTES, FLIGHTS  an array of maps
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/resp/writer.hpp"
#include "herdgate/core/session/connection_commands.hpp"
#include "herdgate/core/session/pending_reads.hpp"

namespace herdgate {

/// Keys of one WARM.
inline constexpr std::size_t warm_keys_max = 1000;

void run_herdgate(connection_call& call);

/// The reply of a subcommand whose parts are all known.
void render_herdgate(engine& owner, const pending_reads& command,
                     std::span<const read_result> results, resp::protocol p, std::string& out);

}  // namespace herdgate
