// SPDX-License-Identifier: Apache-2.0
#include "resp_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>

#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/reply_cursor.hpp"
#include "herdgate/core/resp/reply_parser.hpp"

namespace herdgate {

namespace asio = boost::asio;

asio::awaitable<void> resp_client::connect(std::uint16_t port) {
    const asio::ip::tcp::endpoint where{asio::ip::address_v4::loopback(), port};
    co_await socket_.async_connect(where, asio::use_awaitable);
    socket_.set_option(asio::ip::tcp::no_delay{true});
    const std::string ping = resp::command({"PING"});
    co_await call(ping);
}

asio::awaitable<std::optional<std::string>> resp_client::call(const std::string& command) {
    const auto request = asio::buffer(command);
    co_await asio::async_write(socket_, request, asio::use_awaitable);
    resp::reply_parser parser;
    char piece[4096];
    const auto room = asio::buffer(piece);
    for (;;) {
        const resp::parse_status status = parser.parse(received_);
        if (status == resp::parse_status::complete) break;
        if (status == resp::parse_status::error) throw std::runtime_error("not a reply");
        const std::size_t got = co_await socket_.async_read_some(room, asio::use_awaitable);
        received_.append(piece, got);
    }
    const resp::reply_cursor reply{received_};
    std::optional<std::string> text;
    if (!reply.is(resp::reply_kind::null)) text = std::string{reply.text()};
    const bool failed = reply.is(resp::reply_kind::error);
    received_.erase(0, parser.consumed());
    if (failed) throw std::runtime_error("a client got the error: " + *text);
    co_return text;
}

}  // namespace herdgate
