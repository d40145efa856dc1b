// SPDX-License-Identifier: Apache-2.0
//
// child_daemon: a real herdgate of the demo's: this very binary (/proc/self/exe), in a process of
// its own, on a free port of 127.0.0.1. It ends with this object: SIGTERM, and SIGKILL a little
// later; its configuration is in the folder that is given, readable by nobody else.
#pragma once

#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "../unique_fd.hpp"

namespace herdgate {

class child_daemon {
  public:
    /// Starts it. `config`: the text of its file, listening on port 0, logging text. Throws
    /// boost::system::system_error.
    child_daemon(boost::asio::io_context& io, const std::string& file, const std::string& config);
    ~child_daemon();
    child_daemon(const child_daemon&) = delete;
    child_daemon& operator=(const child_daemon&) = delete;

    /// Until it serves clients; from then on its log is read and dropped. Throws
    /// std::runtime_error with what it said if it does not come up.
    boost::asio::awaitable<void> ready();

    /// Once ready.
    std::uint16_t port() const { return port_; }

  private:
    using log_pipe = boost::asio::posix::stream_descriptor;
    static boost::asio::awaitable<void> drop_log(std::shared_ptr<log_pipe> log);

    pid_t pid_ = -1;
    unique_fd exit_;  ///< readable once it has ended
    std::shared_ptr<log_pipe> log_;
    std::uint16_t port_ = 0;
};

}  // namespace herdgate
