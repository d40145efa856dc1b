// SPDX-License-Identifier: Apache-2.0
//
// client_stream: what a client's bytes come and go by: its socket, or TLS over it. Never waits
// itself: its user waits for the socket's events, for reading while !pending().
//
// Errors: would_block; eof at the client's end of input; any other: close.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "tls_layer.hpp"

namespace herdgate {

class client_stream {
  public:
    using socket_type = boost::asio::generic::stream_protocol::socket;
    using error_code = boost::system::error_code;

    /// `socket` is non-blocking.
    explicit client_stream(socket_type socket) : socket_(std::move(socket)) {}

    /// From here on everything is TLS, beginning with the client's handshake: see tls().
    void start_tls(SSL_CTX* context) {
        tls_ = std::make_unique<tls_layer>(context, socket_.native_handle());
    }

    /// Null: a plain socket.
    tls_layer* tls() noexcept { return tls_.get(); }

    /// For waiting.
    socket_type& socket() noexcept { return socket_; }

    /// Whether more may have arrived that no event will tell of.
    bool pending() const noexcept { return tls_ && tls_->pending(); }

    /// The event after which there may be more to read, or room to write.
    tls_layer::wait read_wait() const noexcept {
        return tls_ ? tls_->read_wait() : socket_type::wait_read;
    }
    tls_layer::wait write_wait() const noexcept {
        return tls_ ? tls_->write_wait() : socket_type::wait_write;
    }

    std::size_t read_some(std::span<char> room, error_code& error) {
        if (tls_) return tls_->read_some(room, error);
        return socket_.read_some(boost::asio::buffer(room.data(), room.size()), error);
    }

    /// What was not written for would_block must be written next, from there on.
    std::size_t write_some(std::string_view bytes, error_code& error) {
        if (tls_) return tls_->write_some(bytes, error);
        return socket_.write_some(boost::asio::buffer(bytes.data(), bytes.size()), error);
    }

    /// Ends all waiting; nothing may be read or written any more.
    void close() noexcept {
        if (tls_) tls_->farewell();
        tls_.reset();
        error_code ignored;
        socket_.shutdown(socket_type::shutdown_both, ignored);
        socket_.close(ignored);
    }

  private:
    socket_type socket_;
    std::unique_ptr<tls_layer> tls_;
};

}  // namespace herdgate
