// SPDX-License-Identifier: Apache-2.0
#include "admin.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>
#include <optional>
#include <utility>

#include "herdgate/core/base/version.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/metrics/prometheus.hpp"
#include "herdgate/core/session/reports.hpp"
#include "process_figures.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t connections_max = 64;
constexpr std::size_t header_bytes_max = 8 * 1024;
constexpr std::size_t body_bytes_max = 1024;
constexpr auto request_time_max = std::chrono::seconds{5};

using request_type = http::request<http::string_body>;
using response_type = http::response<http::string_body>;

constexpr std::string_view json_type = "application/json";

struct answer {
    http::status status = http::status::ok;
    std::string body;
    std::string_view type = "text/plain; charset=utf-8";
};

answer check(bool good, std::string_view what) {
    return {good ? http::status::ok : http::status::service_unavailable,
            (good ? "ok" : "not ok: ") + std::string{good ? "" : what} + "\n"};
}

answer ready(const admin_view& view, bool verbose) {
    answer a = check(view.alive && !view.draining,
                     view.draining ? "draining" : "a worker's event loop is stuck");
    if (verbose) {
        a.body = "[" + std::string{view.alive ? "+" : "-"} + "] workers\n[" +
                 std::string{view.draining ? "-" : "+"} + "] accepting\n" + a.body;
    }
    return a;
}

answer metrics(const admin_view& view, bool openmetrics) {
    scrape s = scrape_of(view.process);
    s.process = read_process_figures();
    const auto format = openmetrics ? metrics_format::openmetrics : metrics_format::prometheus;
    return {http::status::ok, render_metrics(s, format), content_type(format)};
}

answer answer_to(const request_type& request, const admin_view& view) {
    if (request.method() != http::verb::get && request.method() != http::verb::head)
        return {http::status::method_not_allowed, "only GET\n"};
    std::string_view path{request.target().data(), request.target().size()};
    const std::size_t query = path.find('?');
    const bool verbose = query != std::string_view::npos &&
                         path.substr(query).find("verbose") != std::string_view::npos;
    path = path.substr(0, query);
    if (path == "/startup") return check(true, {});
    if (path == "/livez") return check(view.alive, "a worker's event loop is stuck");
    if (path == "/readyz") return ready(view, verbose);
    if (path == "/version") return {http::status::ok, "herdgate " + std::string{version} + "\n"};
    const auto accept = request[http::field::accept];
    const bool openmetrics = accept.find("application/openmetrics-text") != accept.npos;
    if (path == "/metrics") return metrics(view, openmetrics);
    if (path == "/config") return {http::status::ok, view.configuration.shown, json_type};
    if (path == "/routes") return {http::status::ok, routes_report(view.process) + "\n", json_type};
    return {http::status::not_found,
            "no such page; there are /startup /livez /readyz /metrics /config /routes /flights "
            "/version\n"};
}

/// The one page that takes a while.
bool asks_for_flights(const request_type& request) {
    const std::string_view target{request.target().data(), request.target().size()};
    const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
    return reads && target.substr(0, target.find('?')) == "/flights";
}

}  // namespace

admin::admin(asio::io_context& io, const std::string& host, std::uint16_t port,
             std::function<admin_view()> view,
             std::function<asio::awaitable<std::string>()> flights)
    : acceptor_(io), view_(std::move(view)), flights_(std::move(flights)) {
    try {
        const asio::ip::tcp::endpoint where{
            asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host), port};
        acceptor_.open(where.protocol());
        acceptor_.set_option(asio::socket_base::reuse_address{true});
        acceptor_.bind(where);
        acceptor_.listen();
    } catch (const boost::system::system_error& e) {
        throw boost::system::system_error(
            e.code(), "cannot listen on admin address " + host + ":" + std::to_string(port));
    }
    asio::co_spawn(io, accept_loop(this), asio::detached);
}

std::string admin::address() const {
    const auto where = acceptor_.local_endpoint();
    const std::string host = where.address().to_string();
    return (where.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(where.port());
}

asio::awaitable<void> admin::accept_loop(admin* self) {
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    asio::steady_timer pause{self->acceptor_.get_executor()};
    for (;;) {
        socket_type socket = co_await self->acceptor_.async_accept(token);
        if (error == asio::error::operation_aborted) co_return;
        if (error) {  // out of descriptors: the probes try again
            pause.expires_after(std::chrono::milliseconds{100});
            co_await pause.async_wait(token);
        } else if (*self->connections_ < connections_max) {
            asio::co_spawn(socket.get_executor(), serve(self, std::move(socket)), asio::detached);
        }
    }
}

asio::awaitable<void> admin::serve(admin* self, socket_type socket) {
    struct connection {
        explicit connection(std::shared_ptr<std::size_t> c) : count(std::move(c)) { ++*count; }
        ~connection() { --*count; }
        std::shared_ptr<std::size_t> count;
    } const counted{self->connections_};
    beast::tcp_stream stream{std::move(socket)};
    beast::flat_buffer buffer;
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    for (;;) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(header_bytes_max);
        parser.body_limit(body_bytes_max);
        stream.expires_after(request_time_max);
        co_await http::async_read(stream, buffer, parser, token);
        if (error) co_return;
        const request_type& request = parser.get();
        answer given;
        if (asks_for_flights(request)) {
            given.body = co_await self->flights_();
            given.body += '\n';
            given.type = json_type;
        } else {
            given = answer_to(request, self->view_());
        }
        response_type response{given.status, request.version()};
        response.set(http::field::content_type, given.type);
        response.keep_alive(request.keep_alive());
        response.content_length(given.body.size());
        if (request.method() != http::verb::head) response.body() = std::move(given.body);
        co_await http::async_write(stream, response, token);
        if (error || !response.keep_alive()) co_return;
    }
}

}  // namespace herdgate
