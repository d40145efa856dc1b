// SPDX-License-Identifier: Apache-2.0
//
// counting_origin: an HTTP server that takes its time for every answer, and notes when it was
// called. One answer per connection. It reads no further than the request's head: its callers are
// the demo's own.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <vector>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

class counting_origin {
  public:
    /// Listens at once, on a free port of 127.0.0.1. Outlives the coroutines of `io`'s run.
    counting_origin(boost::asio::io_context& io, milliseconds load);

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    /// When each call came, in order.
    const std::vector<std::chrono::steady_clock::time_point>& calls() const { return calls_; }

  private:
    using socket_type = boost::asio::ip::tcp::socket;
    static boost::asio::awaitable<void> accept(counting_origin* self);
    static boost::asio::awaitable<void> serve(counting_origin* self, socket_type socket);

    boost::asio::ip::tcp::acceptor acceptor_;
    milliseconds load_;
    std::vector<std::chrono::steady_clock::time_point> calls_;
};

}  // namespace herdgate
