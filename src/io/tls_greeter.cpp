// SPDX-License-Identifier: Apache-2.0
#include "tls_greeter.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "log.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

void tls_greeter::start(client_stream stream, client_identity who,
                        std::shared_ptr<context> certificates, steady_time now) {
    auto one = std::make_shared<attempt>(
        attempt{std::move(stream), std::move(who), std::move(certificates), now});
    attempts_.push_back(one);
    asio::co_spawn(io_, run(this, std::move(one)), asio::detached);
}

asio::awaitable<void> tls_greeter::run(tls_greeter* self, std::shared_ptr<attempt> one) {
    const bool done = co_await handshake(one);
    std::erase(self->attempts_, one);
    self->on_end_(done ? &one->stream : nullptr, std::move(one->who));
    if (!done) end(*one);
}

/// The layer is made when the client speaks.
asio::awaitable<bool> tls_greeter::handshake(std::shared_ptr<attempt> one) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await one->stream.socket().async_wait(client_stream::socket_type::wait_read, token);
    if (error || !one->open) co_return false;
    one->stream.start_tls(one->certificates->native_handle());
    one->certificates.reset();
    tls_layer& tls = *one->stream.tls();
    while (true) {
        tls.handshake(error);
        if (!error) co_return true;
        if (error != asio::error::would_block) break;
        co_await one->stream.socket().async_wait(tls.read_wait(), token);
        if (error || !one->open) co_return false;
    }
    log().debug("no TLS with {}: {}", one->who.address, tls.problem());
    co_return false;
}

void tls_greeter::end(attempt& one) {
    if (std::exchange(one.open, false)) one.stream.close();
}

void tls_greeter::close_older(steady_time limit) {
    for (const auto& one : attempts_)
        if (one->started < limit) end(*one);
}

void tls_greeter::close() {
    for (const auto& one : attempts_) end(*one);
}

}  // namespace herdgate
