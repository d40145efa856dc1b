// SPDX-License-Identifier: Apache-2.0
//
// command_loader::run: one program, from its start until it is reaped. See command_loader.hpp for
// the course of it.
//
// Owned by the loader's table until reaped; pending handlers share it. `loader_` is null once the
// run is over or the loader is gone, and every handler looks there first.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "herdgate/io/command_loader.hpp"
#include "herdgate/io/command_verdict.hpp"
#include "spawn.hpp"

namespace herdgate {

class command_loader::run : public std::enable_shared_from_this<run> {
  public:
    run(command_loader& owner, load_id id, const command_load& terms);

    /// Takes the program over. On an error it has been killed and reaped.
    boost::system::error_code begin(spawned child);

    /// Kills and reaps the program and says nothing.
    void abandon();

  private:
    using descriptor = boost::asio::posix::stream_descriptor;
    enum class read_end { more, empty, closed, too_large };

    void await_exit();
    void await_output();
    void await_errors();
    void arm(milliseconds delay);

    void on_exit();
    bool leader_has_ended() const;
    void on_output();
    void on_errors();
    void on_timer();

    read_end read_output();
    read_end read_errors();
    void drain();
    void kill_and_tell();
    void tell();
    void signal_group(int signal) const;
    void close_all();

    command_loader* loader_;
    load_id id_;
    const command_load& terms_;
    pid_t pid_ = -1;  ///< -1 once reaped: its number may be anybody's
    descriptor exit_;
    descriptor output_;
    descriptor errors_;
    boost::asio::steady_timer timer_;
    command_ending ending_;
    bool told_ = false;
    std::string value_;
    std::string first_error_line_;
    bool error_line_complete_ = false;
};

}  // namespace herdgate
