// SPDX-License-Identifier: Apache-2.0
//
// keyspace_commands: the string and key commands of the embedded store, as Redis 7.0 answers them.
//
// Each handler reads call.args, changes call.store and appends exactly one reply to call.out.
// The caller has checked the number of arguments against the command table, and the client's
// rights.
//
// On routed keys a handler sees an entry as its servable value (fresh, or stale within any window;
// a negative one does not exist) and never loads: reads that may need a load are the engine's.
// Writes store the value as loaded now, and end the lease of a load in progress. What makes no
// sense on an entry (INCR, APPEND, RENAME…) is refused and changes nothing.
//
// Not atomic as a whole: MGET, DEL, UNLINK, EXISTS, TOUCH, KEYS, SCAN, FLUSHDB, FLUSHALL, DBSIZE
// and RANDOMKEY look at one key or shard at a time. All other commands are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/resp/writer.hpp"

namespace herdgate {

class memory_store;
class route_table;

struct keyspace_call {
    memory_store& store;
    const route_table* routes;  ///< nullptr = no routes
    std::uint16_t database;
    resp::protocol protocol;
    redis_time now;
    std::uint64_t random;                    ///< uniform; for RANDOMKEY
    std::span<const std::string_view> args;  ///< args[0] is the command's name as typed
    std::string& out;
    std::size_t reply_bytes = static_cast<std::size_t>(-1);  ///< a longer reply is refused
};

using keyspace_handler = void (*)(keyspace_call&);

/// The command's handler; nullptr = not a command of the embedded store.
keyspace_handler find_keyspace_handler(std::string_view lowercase_name);

}  // namespace herdgate
