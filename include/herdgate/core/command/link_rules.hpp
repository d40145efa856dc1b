// SPDX-License-Identifier: Apache-2.0
//
// link_rules: what a command does to the connection that it is sent on: whether clients can share
// that, and what has to be known of its answer.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "herdgate/core/command/command_table.hpp"

namespace herdgate {

/// What connection a command may use.
enum class link_use : std::uint8_t {
    shared,  ///< any: it leaves nothing behind, and is answered at once
    lent,    ///< one of its own, until what it has begun has ended
    kept,    ///< one of its own until the client goes
};

/// What changes on the connection when Redis accepts it.
enum class link_effect : std::uint8_t {
    none,
    select,
    hello,
    auth,
    reset,
    multi,
    exec,
    discard,
    watch,
    unwatch,
    channels,  ///< SUBSCRIBE, UNSUBSCRIBE
    patterns,  ///< PSUBSCRIBE, PUNSUBSCRIBE
    shards,    ///< SSUBSCRIBE, SUNSUBSCRIBE
    monitor,
    replicate,  ///< SYNC, PSYNC: a stream begins that is no RESP
    set_name,   ///< CLIENT SETNAME
    flush,      ///< FLUSHALL, FLUSHDB, SWAPDB: entries are gone
    pause,      ///< CLIENT PAUSE, UNPAUSE: Redis lets commands wait, of all connections
};

/// `args`: the command, its name first. Of a command that nobody knows: a module's may block.
link_use use_of(const command_info* info, std::span<const std::string_view> args) noexcept;

link_effect effect_of(const command_info* info, std::span<const std::string_view> args) noexcept;

/// Whether it may wait for something to happen.
bool may_block(const command_info* info, std::span<const std::string_view> args) noexcept;

/// Whether it works on the database that its connection is in. What does not may be let through by
/// a Redis that is busy with a script.
bool needs_database(const command_info* info) noexcept;

}  // namespace herdgate
