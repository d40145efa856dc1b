// SPDX-License-Identifier: Apache-2.0
#include "herd.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <stdexcept>
#include <utility>

#include "herdgate/core/resp/command_writer.hpp"

namespace herdgate {

namespace asio = boost::asio;

asio::awaitable<void> herd::connect(std::uint16_t port, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        auto client = std::make_unique<resp_client>(io_);
        co_await client->connect(port);
        clients_.push_back(std::move(client));
    }
}

asio::awaitable<std::vector<nanoseconds>> herd::ask() {
    std::vector<nanoseconds> waits;
    std::exception_ptr failure;
    std::size_t left = clients_.size();
    asio::steady_timer finished{io_, asio::steady_timer::time_point::max()};
    const auto answered = [&](std::exception_ptr problem, nanoseconds wait) {
        if (problem && !failure) failure = std::move(problem);
        waits.push_back(wait);
        if (--left == 0) finished.cancel();
    };
    for (const auto& client : clients_) asio::co_spawn(io_, ask_once(client.get()), answered);
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    if (left > 0) co_await finished.async_wait(token);
    if (failure) std::rethrow_exception(failure);
    co_return waits;
}

asio::awaitable<nanoseconds> herd::ask_once(resp_client* client) {
    const std::string get = resp::command({"GET", task_.key});
    const auto began = std::chrono::steady_clock::now();
    const auto found = co_await client->call(get);
    if (!found) {
        if (task_.origin == 0) throw std::runtime_error("a client got nil");
        const std::string value = co_await load();
        const std::string ttl = std::to_string(task_.ttl.count());
        const std::string store = resp::command({"SETEX", task_.key, ttl, value});
        co_await client->call(store);
    }
    co_return std::chrono::steady_clock::now() - began;
}

/// What an application's own loading code does.
asio::awaitable<std::string> herd::load() {
    const asio::ip::tcp::endpoint where{asio::ip::address_v4::loopback(), task_.origin};
    asio::ip::tcp::socket socket{io_};
    co_await socket.async_connect(where, asio::use_awaitable);
    const std::string request = "GET /" + task_.key + " HTTP/1.0\r\n\r\n";
    const auto bytes = asio::buffer(request);
    co_await asio::async_write(socket, bytes, asio::use_awaitable);
    std::string answer;
    auto buffer = asio::dynamic_buffer(answer, 64 * 1024);
    boost::system::error_code closed;
    auto token = asio::redirect_error(asio::use_awaitable, closed);
    co_await asio::async_read(socket, buffer, token);
    const std::size_t head_end = answer.find("\r\n\r\n");
    if (head_end == std::string::npos) throw std::runtime_error("the origin gave no answer");
    co_return answer.substr(head_end + 4);
}

asio::awaitable<void> herd::forget() {
    const std::string del = resp::command({"DEL", task_.key});
    co_await clients_.front()->call(del);
}

}  // namespace herdgate
