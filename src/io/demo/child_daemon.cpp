// SPDX-License-Identifier: Apache-2.0
#include "child_daemon.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "../spawn.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;

constexpr auto start_time_max = std::chrono::seconds{15};
constexpr int end_ms_max = 3000;
constexpr std::size_t log_bytes_max = 64 * 1024;
constexpr std::string_view listening = "listening on 127.0.0.1:";
constexpr std::string_view ready_line = " is ready:";

std::vector<std::string> environment() {
    std::vector<std::string> variables;
    for (char** v = ::environ; *v != nullptr; ++v) variables.emplace_back(*v);
    return variables;
}

std::uint16_t port_in(std::string_view log) {
    const std::size_t at = log.find(listening);
    std::uint16_t port = 0;
    if (at == std::string_view::npos) return port;
    const std::string_view digits = log.substr(at + listening.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return port;
}

}  // namespace

child_daemon::child_daemon(asio::io_context& io, const std::string& file,
                           const std::string& config) {
    std::ofstream{file} << config;
    const std::vector<std::string> argv{"/proc/self/exe", "run", "-c", file};
    const std::vector<std::string> env = environment();
    auto started = spawn({argv, env, nullptr, true});
    if (!started) throw boost::system::system_error(started.error(), "cannot start /proc/self/exe");
    pid_ = started->pid;
    exit_ = std::move(started->exit);
    log_ = std::make_shared<log_pipe>(io, started->errors.release());
}

child_daemon::~child_daemon() {
    ::kill(pid_, SIGTERM);
    pollfd ended{exit_.get(), POLLIN, 0};
    int found = -1;
    do {
        found = ::poll(&ended, 1, end_ms_max);
    } while (found < 0 && errno == EINTR);
    if (found == 0) ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

asio::awaitable<void> child_daemon::ready() {
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    asio::steady_timer limit{log_->get_executor()};
    limit.expires_after(start_time_max);
    limit.async_wait([log = log_](const boost::system::error_code& stopped) {
        if (!stopped) log->cancel();
    });
    std::string said;
    char piece[4096];
    const auto room = asio::buffer(piece);
    while (said.find(ready_line) == std::string::npos) {
        const std::size_t got = co_await log_->async_read_some(room, token);
        if (error || said.size() > log_bytes_max)
            throw std::runtime_error("a daemon of the demo does not start:\n" + said);
        said.append(piece, got);
    }
    port_ = port_in(said);
    asio::co_spawn(log_->get_executor(), drop_log(log_), asio::detached);
}

asio::awaitable<void> child_daemon::drop_log(std::shared_ptr<log_pipe> log) {
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    char piece[4096];
    const auto room = asio::buffer(piece);
    while (!error) co_await log->async_read_some(room, token);
}

}  // namespace herdgate
