// SPDX-License-Identifier: Apache-2.0
//
// command_loader: runs a program for a key; what it prints on standard output, byte by byte, is the
// value.
//
// Each program leads a process group of its own, and the group ends with the load: before the
// leader is reaped (while its number cannot be anybody else's) the group gets SIGKILL, so that no
// grandchild stays behind. Only a process that leaves the group (setsid) escapes.
//
//     start ── spawn ── running ──── exit ───────────────────────── kill group, read what is left,
//     reap, tell
//                          │
//                          ├──── too much output ── SIGKILL, tell ─ exit ── reap
//                          └──── time-out ── SIGTERM ── kill_after ── SIGKILL, tell ── exit ── reap
//
// Promises:
//   - a load ends within its time-out plus `kill_after`: when SIGKILL has been sent nobody waits
//   for its effect;
//   - the end of the program ends the load, even if a grandchild holds its standard output open;
//   - at most max_output bytes of output are held; standard error is read and dropped but for its
//   first line;
//   - no zombies, no descriptors leaked to or by a program.
//
// The environment is what the call gives, plus the daemon's PATH unless the call has its own. A
// program's name without a slash is sought in the daemon's PATH.
//
// With `mode: worker` programs are kept running and are asked for one key after the other, as
// core/fill/worker_reply.hpp says; src/io/worker_pool.hpp has the course of that. When the loader
// goes, their standard input is closed; those that are still there after 200 ms get SIGTERM, and
// SIGKILL after another 200.
//
// SIGPIPE must be ignored. Single-threaded: used on the thread that runs `io`. SIGCHLD must not be
// ignored, nor may anybody wait for any child. Programs that run when the loader goes are killed
// and reaped; the sink does not hear of them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "herdgate/core/fill/loader.hpp"
#include "herdgate/io/load_reporter.hpp"

namespace herdgate {

class worker_pool;

class command_loader final : public loader {
  public:
    /// Hears the first line that a program wrote to standard error: at most 160 bytes of printable
    /// ASCII. It may hold secrets: for a debug log, at most. Must not destroy the loader.
    using stderr_observer = std::function<void(load_id, std::string_view line)>;

    /// Hears of the programs that are kept running: one more (1) or one less (-1), and whether it
    /// takes the place of one that has ended.
    using process_observer =
        std::function<void(const command_load& of, int change, bool restarted)>;

    /// Keeps references; both outlive the loader. Without an observer, standard error is /dev/null.
    command_loader(boost::asio::io_context& io, load_sink& sink, stderr_observer on_stderr = {},
                   process_observer on_process = {});
    ~command_loader();

    command_loader(const command_loader&) = delete;
    command_loader& operator=(const command_loader&) = delete;

    /// `call` holds a command_call.
    void start(load_id id, load_call call) override;

    /// Programs that have not been reaped. May include some whose load has been told as ended, just
    /// killed.
    std::size_t running() const;

  private:
    class run;
    friend class worker_pool;

    boost::asio::io_context& io_;
    load_reporter reporter_;
    stderr_observer on_stderr_;
    std::string path_;           ///< "PATH=…"
    std::vector<char> scratch_;  ///< where runs read to
    std::unordered_map<load_id, std::shared_ptr<run>> runs_;
    process_observer on_process_;
    std::unordered_map<const command_load*, std::shared_ptr<worker_pool>> pools_;
};

}  // namespace herdgate
