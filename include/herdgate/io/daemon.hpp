// SPDX-License-Identifier: Apache-2.0
//
// daemon: the composition root. Owns everything, from a checked configuration to the threads.
#pragma once

#include <memory>

#include "herdgate/core/config/config.hpp"

namespace herdgate {

/// Runs until SIGTERM or SIGINT: then accepts no more, answers what it has taken, and returns after
/// at most the configured drain time; a second signal ends the process at once. Returns the exit
/// status: 0, or 1 with the reason in the log when something cannot be started (an address in use,
/// no memory for threads).
int run_daemon(const config& c);

}  // namespace herdgate
