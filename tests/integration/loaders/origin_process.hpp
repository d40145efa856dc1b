// SPDX-License-Identifier: Apache-2.0
//
// origin_process: tests/support/origin.py as a child process, on a free port of 127.0.0.1. Ends
// with the object, and, if the test crashes, by itself: its standard input is a pipe from us.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace herdgate::test {

class origin_process {
  public:
    /// Returns once the origin serves. Throws std::runtime_error if it does not start.
    explicit origin_process(std::vector<std::string> options = {}, std::uint16_t port = 0);
    ~origin_process();

    origin_process(const origin_process&) = delete;
    origin_process& operator=(const origin_process&) = delete;

    std::uint16_t port() const { return port_; }

    /// "http://127.0.0.1:PORT" + path.
    std::string url(const std::string& path) const;

    /// Plain HTTP only; blocks. `options` as in origin.py: "mode=hang&delay=10ms".
    void set(const std::string& options) const;
    void reset() const;

    /// A figure of /-/stats.
    long stat(const std::string& name) const;

  private:
    std::string ask(const std::string& method, const std::string& target) const;

    pid_t pid_ = -1;
    int stdin_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace herdgate::test
