// SPDX-License-Identifier: Apache-2.0
#include "upstream_connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "upstream_tls.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t read_bytes = 64 * kib;
constexpr std::size_t tls_read_bytes = 16 * kib;  ///< a TLS record
constexpr milliseconds full_line_pause{5};
constexpr seconds paused_look{1};
// A peer that has vanished is noticed in half a minute, also while nothing is asked of it.
constexpr int keepalive_idle = 15, keepalive_interval = 5, keepalive_probes = 3;

std::string place(const upstream_config& to) {
    if (!to.unix_path.empty()) return to.unix_path;
    const bool v6 = to.host.find(':') != std::string::npos;
    return (v6 ? "[" + to.host + "]" : to.host) + ":" + std::to_string(to.port);
}

std::string cannot_connect(const upstream_config& to, const error_code& error) {
    return "cannot connect to " + place(to) + ": " + error.message();
}

void set_options(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive_idle, sizeof(int));
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &keepalive_interval, sizeof(int));
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &keepalive_probes, sizeof(int));
}

/// Redis has closed its end: no more comes than the kernel has, and that may be read in a pause
/// too.
bool is_ending(int descriptor) {
    pollfd look{descriptor, POLLRDHUP, 0};
    return ::poll(&look, 1, 0) > 0;
}

std::string ended(const error_code& error) {
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
        return "Redis closed the connection";
    return error.message();
}

}  // namespace

/// The stream takes its certificate from the context when it is made.
struct upstream_connection::tls_layer {
    asio::ssl::context context{asio::ssl::context::tls_client};
    std::optional<upstream_tls_stream> stream;
};

upstream_connection::upstream_connection(asio::io_context& io, const upstream_config& to,
                                         connection_user& whose)
    : io_(io), to_(to), user_(&whose), socket_(io), resume_(io) {}

upstream_connection::~upstream_connection() = default;

void upstream_connection::start() {
    asio::co_spawn(io_, run(shared_from_this()), asio::detached);
}

asio::awaitable<void> upstream_connection::run(std::shared_ptr<upstream_connection> self) {
    std::string problem = co_await self->open();
    if (self->user_ != nullptr && problem.empty()) {
        error_code ignored;
        self->socket_.non_blocking(true, ignored);
        self->connected_ = true;
        self->user_->on_connected();
        problem = co_await self->read();
    }
    self->fail(problem);
}

/// What is wrong, or nothing: so do the functions below.
asio::awaitable<std::string> upstream_connection::open() {
    if (!to_.unix_path.empty()) co_return co_await open_unix();
    std::string problem = co_await open_tcp();
    if (!problem.empty() || user_ == nullptr) co_return problem;
    set_options(socket_.native_handle());
    if (to_.tls) co_return co_await handshake();
    co_return problem;
}

/// A unix socket is connected at once, or not at all: EAGAIN while the line of those whom Redis has
/// not accepted yet is full. Asio would take that for a connection in progress.
asio::awaitable<std::string> upstream_connection::open_unix() {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const asio::local::stream_protocol::endpoint at{to_.unix_path};
    socket_.open(at.protocol(), error);
    if (!error) socket_.native_non_blocking(true, error);
    const auto size = static_cast<socklen_t>(at.size());
    asio::steady_timer pause{io_};
    while (!error && user_ != nullptr) {
        if (::connect(socket_.native_handle(), at.data(), size) == 0) co_return std::string{};
        if (errno != EAGAIN) {
            error.assign(errno, boost::system::system_category());
            break;
        }
        pause.expires_after(full_line_pause);
        co_await pause.async_wait(token);
    }
    co_return cannot_connect(to_, error);
}

asio::awaitable<std::string> upstream_connection::open_tcp() {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    std::vector<tcp::endpoint> endpoints;
    const auto literal = asio::ip::make_address(to_.host, error);
    if (!error) {
        endpoints.emplace_back(literal, to_.port);
    } else {
        tcp::resolver resolver{io_};
        const std::string port = std::to_string(to_.port);
        const auto found = co_await resolver.async_resolve(to_.host, port, token);
        if (error) co_return "cannot resolve " + to_.host + ": " + error.message();
        for (const auto& one : found) endpoints.push_back(one.endpoint());
    }
    error = asio::error::host_not_found;
    for (const tcp::endpoint& endpoint : endpoints) {
        if (user_ == nullptr) break;
        error_code ignored;
        socket_.close(ignored);
        const asio::generic::stream_protocol::endpoint any{endpoint};
        co_await socket_.async_connect(any, token);
        if (!error) co_return std::string{};
    }
    co_return cannot_connect(to_, error);
}

asio::awaitable<std::string> upstream_connection::handshake() {
    tls_ = std::make_unique<tls_layer>();
    std::string problem = prepare_tls(tls_->context, to_);
    if (!problem.empty()) co_return problem;
    upstream_tls_stream& stream = tls_->stream.emplace(socket_, tls_->context);
    problem = expect_name(stream, to_);
    if (!problem.empty()) co_return problem;
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await stream.async_handshake(asio::ssl::stream_base::client, token);
    if (error) co_return "no TLS with " + place(to_) + ": " + tls_problem(stream, error);
    co_return problem;
}

/// An idle connection holds no buffer: what is there is read into one that all connections of the
/// thread share, and is done with before the next read.
asio::awaitable<std::string> upstream_connection::read() {
    if (tls_) co_return co_await read_tls();
    static thread_local std::vector<char> buffer(read_bytes);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (user_ != nullptr) {
        if (paused_ && !is_ending(socket_.native_handle())) {
            resume_.expires_after(paused_look);
            co_await resume_.async_wait(token);
            continue;
        }
        co_await socket_.async_wait(socket_type::wait_read, token);
        if (user_ == nullptr) break;
        std::size_t size = 0;
        if (!error) size = socket_.read_some(asio::buffer(buffer), error);
        if (error == asio::error::would_block) continue;
        if (error) co_return ended(error);
        user_->on_bytes({buffer.data(), size});
    }
    co_return std::string{};
}

asio::awaitable<std::string> upstream_connection::read_tls() {
    std::vector<char> buffer(tls_read_bytes);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (user_ != nullptr) {
        if (paused_ && !is_ending(socket_.native_handle())) {
            resume_.expires_after(paused_look);
            co_await resume_.async_wait(token);
            continue;
        }
        const auto room = asio::buffer(buffer);
        const std::size_t size = co_await tls_->stream->async_read_some(room, token);
        if (user_ == nullptr) break;
        if (error) co_return ended(error);
        user_->on_bytes({buffer.data(), size});
    }
    co_return std::string{};
}

void upstream_connection::pause(bool on) {
    if (std::exchange(paused_, on) && !on) resume_.cancel();
}

void upstream_connection::write(std::string bytes) {
    error_code error;
    std::size_t sent = 0;
    if (!tls_) {
        sent = socket_.write_some(asio::buffer(bytes), error);
        if (error && error != asio::error::would_block) return fail_later(ended(error));
        if (sent == bytes.size()) return;
    }
    sending_ = std::move(bytes);
    write_rest(sent);
}

void upstream_connection::write_rest(std::size_t sent) {
    writing_ = true;
    auto done = [self = shared_from_this()](const error_code& error, std::size_t) {
        self->writing_ = false;
        self->sending_ = std::string{};
        if (self->user_ == nullptr) return;
        if (error) return self->fail(ended(error));
        self->user_->on_written();
    };
    const auto rest = asio::buffer(sending_) + sent;
    if (tls_)
        asio::async_write(*tls_->stream, rest, std::move(done));
    else
        asio::async_write(socket_, rest, std::move(done));
}

void upstream_connection::fail(std::string_view reason) {
    connection_user* whose = user_;
    close();
    if (whose != nullptr) whose->on_closed(reason);
}

/// Not from within write().
void upstream_connection::fail_later(std::string reason) {
    writing_ = true;
    asio::post(io_, [self = shared_from_this(), reason = std::move(reason)] {
        self->writing_ = false;
        self->fail(reason);
    });
}

void upstream_connection::close() noexcept {
    user_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
    resume_.cancel();
}

}  // namespace herdgate
