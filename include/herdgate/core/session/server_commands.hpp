// SPDX-License-Identifier: Apache-2.0
//
// Commands by which clients look at the server: COMMAND, INFO, CONFIG GET, TIME. On the embedded
// store herdgate answers them itself, as a Redis of the version that its command table was
// generated from.
#pragma once

#include <string_view>

namespace herdgate {

struct connection_call;

/// What clients are told when they ask for Redis's version.
inline constexpr std::string_view emulated_redis_version = "7.0.15";

void run_command(connection_call& call);
void run_config(connection_call& call);
void run_info(connection_call& call);
void run_time(connection_call& call);

}  // namespace herdgate
