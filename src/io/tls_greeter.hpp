// SPDX-License-Identifier: Apache-2.0
//
// tls_greeter: the TLS handshakes of one worker's clients. A client comes out of it as a stream to
// serve, or not at all. Until its first bytes have come it costs a socket and a coroutine; until
// its handshake is done nothing is known of it but its addresses.
//
// Single-threaded. What it was made with, and itself, live until the event loop has run close() to
// its end.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "client_stream.hpp"
#include "herdgate/core/base/time.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {

class tls_greeter {
  public:
    using context = boost::asio::ssl::context;

    /// A handshake has ended; with a stream: well.
    using ended = std::function<void(client_stream* stream, client_identity who)>;

    tls_greeter(boost::asio::io_context& io, ended on_end) : io_(io), on_end_(std::move(on_end)) {}

    void start(client_stream stream, client_identity who, std::shared_ptr<context> certificates,
               steady_time now);

    /// Ends those that were started before then.
    void close_older(steady_time limit);

    /// Ends all.
    void close();

  private:
    struct attempt {
        client_stream stream;
        client_identity who;
        std::shared_ptr<context> certificates;
        steady_time started;
        bool open = true;
    };

    static boost::asio::awaitable<void> run(tls_greeter* self, std::shared_ptr<attempt> one);
    static boost::asio::awaitable<bool> handshake(std::shared_ptr<attempt> one);
    static void end(attempt& one);

    boost::asio::io_context& io_;
    ended on_end_;
    std::vector<std::shared_ptr<attempt>> attempts_;
};

}  // namespace herdgate
