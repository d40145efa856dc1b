// SPDX-License-Identifier: Apache-2.0
//
// resp_client: one connection that speaks RESP2: one command, one reply, and so on. Problems are
// exceptions: boost::system::system_error for the connection's, std::runtime_error for error
// replies.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace herdgate {

class resp_client {
  public:
    explicit resp_client(boost::asio::io_context& io) : socket_(io) {}

    /// To a port of 127.0.0.1; returns once a PING is answered.
    boost::asio::awaitable<void> connect(std::uint16_t port);

    /// `command`: encoded, as by resp::command(). The reply's text; nothing for nil.
    boost::asio::awaitable<std::optional<std::string>> call(const std::string& command);

  private:
    boost::asio::ip::tcp::socket socket_;
    std::string received_;
};

}  // namespace herdgate
