// SPDX-License-Identifier: Apache-2.0
//
// command_verdict: what the end of a program means for the load. Pure.
//
//     took too long               timeout, whatever its exit status
//     printed too much            error
//     exit status 0               ok: standard output is the value, byte by byte
//     exit status = absent_exit   absent (also when that is 0)
//     any other, or a signal      error "exit status 3", "killed by signal 9"
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/fill/loader.hpp"

namespace herdgate {

struct command_ending {
    bool timed_out = false;
    bool too_large = false;
    std::optional<int>
        wait_status;  ///< as waitpid gives it; empty: somebody else has reaped the process
};

struct command_verdict {
    load_outcome outcome;
    std::string reason;  ///< empty for ok and absent
};

command_verdict judge(const command_ending& ending, const command_load& terms);

/// The program in a reason: the last part of its path, at most 60 bytes.
std::string program_name(std::string_view path);

}  // namespace herdgate
