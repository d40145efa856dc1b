// SPDX-License-Identifier: Apache-2.0
//
// redis_server: a redis-server of the test's own in a new directory, on a free port of 127.0.0.1
// and on a unix socket, without persistence. It can be killed, started again and held still.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace herdgate::test {

class redis_server {
  public:
    using words = std::vector<std::string>;

    /// `options`: further arguments. Starts it and waits until it listens.
    explicit redis_server(words options = {});
    ~redis_server();
    redis_server(const redis_server&) = delete;
    redis_server& operator=(const redis_server&) = delete;

    /// False where redis-server is not installed or did not start.
    bool running() const noexcept { return pid_ > 0; }
    std::uint16_t port() const noexcept { return port_; }
    std::string socket() const { return directory_ + "/s"; }
    const std::string& directory() const noexcept { return directory_; }

    void start();
    void kill();
    /// SIGSTOP: it accepts connections, by its kernel, and says nothing.
    void hold();
    void release();

  private:
    words options_;
    std::string directory_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

/// Runs a program in `directory`; true if its exit status is 0.
bool run_program(const std::vector<std::string>& argv, const std::string& directory);

/// A port that nobody listens on.
std::uint16_t free_port();

}  // namespace herdgate::test
