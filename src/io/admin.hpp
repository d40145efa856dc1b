// SPDX-License-Identifier: Apache-2.0
//
// admin: the HTTP endpoints for probes, metrics and inspection.
//
//   GET /startup   200 once all listeners are open
//   GET /livez     200 while every worker's event loop turns
//   GET /readyz    200 while live and not draining; ?verbose lists the checks
//   GET /metrics   Prometheus text, or OpenMetrics if the Accept header asks for it
//   GET /config    the configuration in force, defaults filled in, without secrets (JSON)
//   GET /routes    routes and their counters (JSON)
//   GET /flights   loads in progress, with their keys, 1000 at most (JSON)
//   GET /version
//
// Runs on the main thread; nothing here touches a worker but by reading its counters; what workers
// alone know is asked for by message. Limits:
// connections, 8 KiB of header, no bodies, 5 s for a request.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

struct config;
struct process_state;

/// What the endpoints tell of, at one moment.
struct admin_view {
    const config& configuration;
    const process_state& process;
    instant now;
    bool alive = true;
    bool draining = false;
};

class admin {
  public:
    /// Listens at once. Throws boost::system::system_error, whose text names the address. `view` is
    /// asked for each request, `flights` for the list of them.
    admin(boost::asio::io_context& io, const std::string& host, std::uint16_t port,
          std::function<admin_view()> view,
          std::function<boost::asio::awaitable<std::string>()> flights);

    /// Where it listens: "127.0.0.1:9121".
    std::string address() const;

  private:
    using socket_type = boost::asio::ip::tcp::socket;
    static boost::asio::awaitable<void> accept_loop(admin* self);
    static boost::asio::awaitable<void> serve(admin* self, socket_type socket);

    boost::asio::ip::tcp::acceptor acceptor_;
    std::function<admin_view()> view_;
    std::function<boost::asio::awaitable<std::string>()> flights_;
    /// Shared with the coroutines of connections: they may be destroyed after this object.
    std::shared_ptr<std::size_t> connections_ = std::make_shared<std::size_t>(0);
};

}  // namespace herdgate
