// SPDX-License-Identifier: Apache-2.0
#include "counting_origin.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

namespace herdgate {
namespace {

namespace asio = boost::asio;

constexpr std::size_t head_bytes_max = 16 * 1024;

asio::ip::tcp::endpoint free_port() {
    return {asio::ip::address_v4::loopback(), 0};
}

}  // namespace

counting_origin::counting_origin(asio::io_context& io, milliseconds load)
    : acceptor_(io, free_port()), load_(load) {
    asio::co_spawn(io, accept(this), asio::detached);
}

asio::awaitable<void> counting_origin::accept(counting_origin* self) {
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    for (;;) {
        socket_type socket = co_await self->acceptor_.async_accept(token);
        if (error) co_return;  // its callers are told by refused connections
        asio::co_spawn(socket.get_executor(), serve(self, std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> counting_origin::serve(counting_origin* self, socket_type socket) {
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    std::string head;
    auto buffer = asio::dynamic_buffer(head, head_bytes_max);
    co_await asio::async_read_until(socket, buffer, "\r\n\r\n", token);
    if (error) co_return;
    self->calls_.push_back(std::chrono::steady_clock::now());
    const std::string body = "value of load " + std::to_string(self->calls_.size());
    asio::steady_timer work{socket.get_executor()};
    work.expires_after(self->load_);
    co_await work.async_wait(token);
    const std::string answer =
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    const auto bytes = asio::buffer(answer);
    co_await asio::async_write(socket, bytes, token);
}

}  // namespace herdgate
