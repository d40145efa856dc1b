// SPDX-License-Identifier: Apache-2.0
//
// The commands that ask a running daemon how it is: healthcheck asks once, wait asks until it is
// ready. Both print one line and return an exit status.
#pragma once

#include <iosfwd>
#include <string>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

struct probe_arguments {
    std::string admin;  ///< HOST:PORT; empty: the file's, or the default
    std::string file;   ///< a configuration that names the admin address; may be empty
    std::string path = "/livez";
    milliseconds timeout{60'000};  ///< of wait
};

/// exit_ok if the admin server answers 200 within 2 s, else exit_runtime, whatever the reason:
/// Docker reserves 2.
int healthcheck(const probe_arguments& a, std::ostream& out, std::ostream& err);

/// exit_ok once /readyz says 200; exit_runtime at the time-out; exit_usage if there is nothing to
/// ask.
int wait_until_ready(const probe_arguments& a, std::ostream& out, std::ostream& err);

}  // namespace herdgate
