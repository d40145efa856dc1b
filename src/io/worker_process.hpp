// SPDX-License-Identifier: Apache-2.0
//
// worker_process: one program that is kept running (load.command.mode: worker) and is asked for one
// key at a time, from its start until it is reaped.
//
//     begin ── idle ── ask ── busy ── answer ── idle …
//                │              │
//                └── exit, garbage, output closed, retire() ── gone ── SIGTERM ── kill_after ──
//                    SIGKILL ── exit ── reaped
//
// It leads a process group of its own, which gets SIGKILL before the leader is reaped. One that is
// gone is never asked again.
//
// Owned by its pool until reaped; pending handlers share it, and look at `owner_` first.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "herdgate/core/config/config.hpp"
#include "herdgate/core/fill/worker_reply.hpp"
#include "spawn.hpp"

namespace herdgate {

class worker_process;

/// What a process tells. Each call may start or ask other processes.
class worker_process_owner {
  public:
    /// It has answered, and may be asked again unless it is gone.
    virtual void answered(worker_process& p, load_result result) = 0;
    /// It will not be asked again; whatever it was asked has no answer.
    virtual void gone(worker_process& p, std::string reason) = 0;
    /// Nothing of it is left. Drops the process.
    virtual void reaped(worker_process& p) = 0;
    /// The first line on standard error since it was asked last.
    virtual void complained(std::string_view line) = 0;

  protected:
    ~worker_process_owner() = default;
};

class worker_process : public std::enable_shared_from_this<worker_process> {
  public:
    worker_process(boost::asio::io_context& io, std::vector<char>& scratch,
                   worker_process_owner& owner, const command_load& terms);

    /// Takes the program over. On an error it has been killed and reaped.
    boost::system::error_code begin(spawned child);

    /// Sends a key; the process must not be busy or gone. On an error it cannot be asked: retire().
    boost::system::error_code ask(std::string_view key);
    bool busy() const noexcept { return busy_; }
    bool idle() const noexcept { return !busy_ && !gone_ && !output_ended_; }
    bool is_gone() const noexcept { return gone_; }

    /// SIGTERM, and SIGKILL kill_after later. The owner hears of reaped() only.
    void retire();

    /// The daemon's end: closes its standard input, and says nothing any more.
    void close();
    /// Waits for its end until `term`, sends SIGTERM, waits until `kill`, sends SIGKILL; reaps it.
    void farewell(std::chrono::steady_clock::time_point term,
                  std::chrono::steady_clock::time_point kill);

  private:
    using descriptor = boost::asio::posix::stream_descriptor;

    template <class Handle>
    void await(descriptor& d, Handle handle);
    void on_exit();
    void on_output();
    void on_end_of_output();
    void on_errors();
    long read_output();
    void heard(std::string_view bytes);
    void lost(std::string reason);
    void signal_group(int signal) const;
    int reap();
    void close_all();

    worker_process_owner* owner_;  ///< null: say nothing
    const command_load& terms_;
    std::vector<char>& scratch_;
    pid_t pid_ = -1;  ///< -1 once reaped
    unique_fd input_;
    descriptor exit_;
    descriptor output_;
    descriptor errors_;
    boost::asio::steady_timer timer_;  ///< to SIGKILL, or for its exit
    worker_reply_reader reply_;
    bool busy_ = false;
    bool gone_ = false;
    bool output_ended_ = false;
    std::string error_line_;
    bool error_line_told_ = false;
};

}  // namespace herdgate
