// SPDX-License-Identifier: Apache-2.0
//
// redis_process: a redis-server of the test's own, on a unix socket in a new directory, without
// persistence. It is killed, and the directory removed, when the object goes. redis_link: a
// blocking connection that returns each reply as the raw bytes that came. Commands may be sent
// ahead of their replies, as many as the sockets hold.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

namespace herdgate::test {

class redis_process {
  public:
    redis_process();
    ~redis_process();
    redis_process(const redis_process&) = delete;
    redis_process& operator=(const redis_process&) = delete;

    /// False where redis-server is not installed or did not start.
    bool running() const noexcept { return pid_ > 0; }
    std::string socket() const { return directory_ + "/s"; }

  private:
    std::string directory_;
    pid_t pid_ = -1;
};

class redis_link {
  public:
    explicit redis_link(const std::string& socket);
    ~redis_link();
    redis_link(const redis_link&) = delete;
    redis_link& operator=(const redis_link&) = delete;

    bool open() const noexcept { return fd_ >= 0; }
    std::string command(std::span<const std::string_view> args);

    /// Puts a command behind those not yet sent.
    void append(std::span<const std::string_view> args);
    /// Sends what was appended.
    void flush();
    /// Waits for the next reply.
    std::string reply();

  private:
    std::size_t line_end(std::size_t from);
    std::size_t reply_end(std::size_t from);
    void read_more();

    int fd_ = -1;
    std::string unsent_;
    std::string buffer_;
    std::size_t begin_ = 0;  ///< of the next reply in the buffer
};

}  // namespace herdgate::test
