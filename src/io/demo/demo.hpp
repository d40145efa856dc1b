// SPDX-License-Identifier: Apache-2.0
//
// demo: shows in seconds what the product is for. P processes × C clients ask for one cold key at
// once, and again when it has expired: unprotected, coalesced in each process, and under the
// fleet's lease. Prints a table, and draws the origin's calls if asked to.
//
//     clients (real RESP) ──► daemons (this binary, as child processes) ──► origin (in this
//     process,
//                                                                            counts its calls)
//
// All of it is on 127.0.0.1 and free ports, but for the Redis that was given. Nothing is left
// behind: no process, no file, no key; keys that an interrupted run leaves expire within seconds.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

struct demo_options {
    std::string redis;  ///< URL of a Redis that may be written to; empty: no fleet's lease is shown
    std::size_t processes = 5;
    std::size_t clients = 40;  ///< of each process
    milliseconds load{200};    ///< how long the origin takes
    std::string svg;           ///< the file to draw to; may be empty
};

/// Clients at once, in all: the origin's backlog holds as many.
inline constexpr std::size_t demo_clients_max = 4000;

/// An exit status: exit_ok, or exit_runtime with the reason on `err`.
int run_demo(const demo_options& options, std::ostream& out, std::ostream& err);

}  // namespace herdgate
