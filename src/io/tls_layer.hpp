// SPDX-License-Identifier: Apache-2.0
//
// tls_layer: the server's side of one TLS connection over a non-blocking socket. It translates
// between OpenSSL and what a client_stream asks; it never waits.
//
//   - A call that cannot go on says would_block; read_wait() or write_wait() is the event of the
//   socket to repeat it after. What was to be written must then be written again, from the same
//   byte on.
//   - After any other error nothing more can be done but close.
//   - A layer between two records holds no buffers of records.
//
// Does not own the descriptor: it must be gone before that is closed.
#pragma once

#include <openssl/types.h>

#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace herdgate {

class tls_layer {
  public:
    using wait = boost::asio::socket_base::wait_type;

    /// The layer keeps what it needs of the context. Throws std::bad_alloc.
    tls_layer(SSL_CTX* context, int descriptor);

    /// Goes on with the handshake; no error: it is done.
    void handshake(boost::system::error_code& error);

    /// Reads what is there, up to the room. At the peer's end: eof.
    std::size_t read_some(std::span<char> room, boost::system::error_code& error);

    /// Writes what the socket takes.
    std::size_t write_some(std::string_view bytes, boost::system::error_code& error);

    /// Whether more may have arrived that the socket will not tell of.
    bool pending() const noexcept { return pending_; }

    wait read_wait() const noexcept { return read_wait_; }
    wait write_wait() const noexcept { return write_wait_; }

    /// Tells the peer that no more comes, if that can be said at once. The last call.
    void farewell() noexcept;

    /// Why the latest call failed, in words.
    std::string problem() const;

  private:
    struct deleter {
        void operator()(SSL* ssl) const noexcept;
    };

    boost::system::error_code reason(int result, wait& next);

    std::unique_ptr<SSL, deleter> ssl_;
    unsigned long library_error_ = 0;  ///< OpenSSL's code of the latest failure, if it gave one
    wait read_wait_ = wait::wait_read;
    wait write_wait_ = wait::wait_write;
    bool pending_ = true;         ///< the end of the handshake may have brought more
    bool failed_ = false;         ///< nothing can be said to the peer any more
    bool write_blocked_ = false;  ///< a record is half sent
};

}  // namespace herdgate
