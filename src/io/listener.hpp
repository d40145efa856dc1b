// SPDX-License-Identifier: Apache-2.0
//
// Listening sockets. Over TCP every worker has one of its own on the same address (SO_REUSEPORT:
// the kernel spreads the clients); a unix socket is one, watched by all workers.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "herdgate/core/config/config.hpp"

namespace herdgate {

class worker;
class server_tls_context;

/// A listening, non-blocking, close-on-exec socket, closed by its destructor unless released.
class bound_socket {
  public:
    /// Binds and listens. Throws boost::system::system_error, whose text names the address. With
    /// port 0 the system chooses; port() tells.
    /// `shared`: other sockets may listen on the same TCP address.
    bound_socket(const listen_address& where, bool shared);
    bound_socket(bound_socket&& other) noexcept;
    bound_socket& operator=(bound_socket&&) = delete;
    ~bound_socket();

    /// Another descriptor of the same socket.
    bound_socket duplicate() const;

    int release() noexcept;
    std::uint16_t port() const noexcept { return port_; }

  private:
    bound_socket(int descriptor, std::uint16_t port) noexcept
        : descriptor_(descriptor), port_(port) {}
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
};

/// Accepts one listening socket's clients for one worker.
class listener {
  public:
    /// `tls`: what its clients are greeted with; null: nothing.
    listener(worker& owner, bound_socket socket, std::shared_ptr<server_tls_context> tls);

    /// Starts accepting. On the worker's thread, or before it runs.
    void start();
    void stop();

  private:
    static boost::asio::awaitable<void> accept_loop(listener* self);
    bool accept_some();

    worker& owner_;
    boost::asio::posix::stream_descriptor socket_;
    boost::asio::steady_timer pause_;
    std::shared_ptr<server_tls_context> tls_;
};

/// "127.0.0.1:6380", "[::1]:6380", "unix:/run/herdgate.sock".
std::string to_string(const listen_address& where);

/// Whether the other end of a connected socket is on this host (loopback or unix); and the two
/// ends' names as in CLIENT LIST.
struct endpoint_names {
    bool local = false;
    std::string remote;
    std::string own;
};
endpoint_names names_of(int descriptor);

}  // namespace herdgate
