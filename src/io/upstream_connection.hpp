// SPDX-License-Identifier: Apache-2.0
//
// upstream_connection: one connection to the upstream, from the attempt to open it to its end: TCP,
// unix socket, or TLS. It only moves bytes; what they mean is link's.
//
// Ownership: its coroutine and an unfinished write hold it. close() may come at any time, also from
// within a call to the user: nothing more reaches the user after it, the socket is closed, and the
// rest ends by itself in the event loop.
//
// Never blocks: names are resolved by Asio's own thread. A lookup cannot be cut short, so the end
// of the event loop may have to wait for one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "herdgate/core/config/config.hpp"

namespace herdgate {

/// Whose connection it is.
class connection_user {
  public:
    virtual void on_connected() = 0;
    virtual void on_bytes(std::string_view bytes) = 0;
    /// A write that did not end at once has ended: writable() again.
    virtual void on_written() = 0;
    /// The connection has ended, or could not be opened. The last call.
    virtual void on_closed(std::string_view reason) = 0;

  protected:
    ~connection_user() = default;
};

class upstream_connection final : public std::enable_shared_from_this<upstream_connection> {
  public:
    /// Context and configuration live until the event loop has ended.
    upstream_connection(boost::asio::io_context& io, const upstream_config& to,
                        connection_user& whose);
    ~upstream_connection();

    /// Opens it. The user hears of it later, never from within.
    void start();

    /// Whether write() may be called: connected, and no write is under way.
    bool writable() const noexcept { return connected_ && !writing_ && user_ != nullptr; }

    /// Precondition: writable().
    void write(std::string bytes);

    /// Nothing more is read while `on`, but for what is on its way.
    void pause(bool on);

    void close() noexcept;

  private:
    using socket_type = boost::asio::generic::stream_protocol::socket;
    struct tls_layer;

    static boost::asio::awaitable<void> run(std::shared_ptr<upstream_connection> self);
    boost::asio::awaitable<std::string> open();
    boost::asio::awaitable<std::string> open_tcp();
    boost::asio::awaitable<std::string> open_unix();
    boost::asio::awaitable<std::string> handshake();
    boost::asio::awaitable<std::string> read();
    boost::asio::awaitable<std::string> read_tls();
    void write_rest(std::size_t sent);
    void fail(std::string_view reason);
    void fail_later(std::string reason);

    boost::asio::io_context& io_;
    const upstream_config& to_;
    connection_user* user_;  ///< null = closed
    socket_type socket_;
    boost::asio::steady_timer resume_;  ///< cancelled when reading goes on
    std::unique_ptr<tls_layer> tls_;
    std::string sending_;  ///< owned by the write in progress
    bool connected_ = false;
    bool writing_ = false;
    bool paused_ = false;
};

}  // namespace herdgate
