// SPDX-License-Identifier: Apache-2.0
//
// spawn: starts a program as the leader of a process group of its own. posix_spawn, not fork: the
// daemon has threads and much memory.
//
// The child gets: its arguments; the environment it is given and nothing else; standard input from
// a file in memory, /dev/null or a pipe; pipes for standard output and, if wanted, standard error;
// default signal handling; no other descriptor of ours. The input is a file rather than a pipe, so
// that a child that never reads it holds nobody up.
//
// Does not wait for the child. The caller must reap it.
#pragma once

#include <sys/types.h>

#include <boost/system/result.hpp>
#include <string>
#include <vector>

#include "unique_fd.hpp"

namespace herdgate {

struct spawn_request {
    const std::vector<std::string>&
        argv;  ///< at least one; with a slash in argv[0] it is a path, else sought in PATH
    const std::vector<std::string>& env;  ///< "NAME=value"
    const std::string* input = nullptr;   ///< null: /dev/null
    bool want_stderr = false;             ///< else /dev/null
    bool want_stdin = false;              ///< a pipe that stays open, instead of `input`
};

struct spawned {
    pid_t pid = -1;    ///< also the process group
    unique_fd exit;    ///< a pidfd: readable once the leader has exited; reaped by waitpid only
    unique_fd output;  ///< never blocks
    unique_fd errors;  ///< never blocks; none unless wanted
    unique_fd input;   ///< to write to; never blocks; none unless wanted
};

/// The error is an errno: ENOENT, EACCES, EAGAIN, EMFILE, …; then there is nothing to reap. Waits
/// until the child has replaced its image, a millisecond or so.
boost::system::result<spawned> spawn(const spawn_request& request);

}  // namespace herdgate
