// SPDX-License-Identifier: Apache-2.0
//
// The command line: check, demo, explain, healthcheck, run, version, wait. Everything but the
// daemon itself, which comes in as a function.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "herdgate/core/config/config.hpp"
#include "herdgate/io/config_file.hpp"

namespace herdgate {

/// Exit statuses.
inline constexpr int exit_ok = 0;
inline constexpr int exit_runtime = 1;
inline constexpr int exit_usage = 2;  ///< the configuration or the command line is wrong

/// What the daemon needs in order to load its configuration again.
struct run_options {
    std::string file;
    config_overrides overrides;
};

using daemon_function = std::function<int(const config&, const run_options&)>;

/// Runs one command; returns the exit status. Writes to standard output and standard error.
int run_cli(int argc, const char* const* argv, const daemon_function& run_daemon);

/// The same with streams of one's own.
int run_cli(int argc, const char* const* argv, const daemon_function& run_daemon, std::ostream& out,
            std::ostream& err);

}  // namespace herdgate
