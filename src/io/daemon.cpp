// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/daemon.hpp"

#include <curl/curl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "admin.hpp"
#include "clock.hpp"
#include "flight_inquiry.hpp"
#include "herdgate/core/base/version.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/engine.hpp"
#include "listener.hpp"
#include "log.hpp"
#include "server_tls_context.hpp"
#include "worker.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;

/// Descriptors kept for everything but clients: listeners, event loops, loaders.
constexpr std::size_t reserved_descriptors = 64;

/// When drain's time is over, the workers still may give their leases back, for so long.
constexpr seconds farewell_max{1};

/// After a second signal: running commands are killed, and the process ends by then in any case.
constexpr unsigned exit_seconds_max = 2;

std::uint64_t entropy() {
    std::uint64_t value = 0;
    if (::getrandom(&value, sizeof(value), 0) != sizeof(value))
        throw std::system_error(errno, std::generic_category(), "getrandom");
    return value;
}

std::string hexadecimal_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id;
    while (id.size() < 40) id += digits[entropy() % digits.size()];
    return id;
}

/// Raises the limit of open files as far as allowed; returns it.
std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_cur);
}

class daemon {
  public:
    explicit daemon(config c);
    ~daemon();
    void run();

  private:
    void listen();
    std::shared_ptr<server_tls_context> certificates(const listen_address& where) const;
    void start_threads();
    void await_signal();
    void drain(int signal);
    void worker_drained();
    admin_view view() const;

    config config_;
    store_clock time_;
    process_state process_;
    asio::io_context io_{1};  ///< of the main thread: signals, admin
    asio::signal_set signals_{io_, SIGTERM, SIGINT};
    asio::steady_timer drain_timer_{io_};
    std::vector<std::unique_ptr<worker>> workers_;
    std::vector<std::thread> threads_;
    std::optional<admin> admin_;
    std::size_t draining_ = 0;  ///< workers that still have clients
    bool stopping_ = false;
};

config with_limits(config c) {
    const std::size_t descriptors = raise_descriptor_limit();
    const std::size_t room = descriptors > 2 * reserved_descriptors
                                 ? descriptors - reserved_descriptors
                                 : reserved_descriptors;
    if (c.limits.clients > room) {
        log().warn("limits.clients lowered from {} to {}: the process may open {} files",
                   c.limits.clients, room, descriptors);
        c.limits.clients = room;
    }
    if (c.workers == 0) c.workers = std::max(1U, std::thread::hardware_concurrency());
    return c;
}

daemon::daemon(config c) : config_(with_limits(std::move(c))), process_(config_, entropy()) {
    process_.started = time_.now().store;
    process_.process_id = ::getpid();
    process_.run_id = hexadecimal_id();
    for (std::size_t i = 0; i < config_.workers; ++i)
        process_.metrics.push_back(std::make_unique<worker_metrics>(config_.routes.size()));
    for (std::size_t i = 0; process_.shared_store && i < config_.workers; ++i)
        process_.links.push_back(std::make_unique<store_link>());
    for (std::uint32_t i = 0; i < config_.workers; ++i)
        workers_.push_back(std::make_unique<worker>(process_, time_, i, entropy(), workers_));
}

daemon::~daemon() {
    for (const auto& w : workers_) w->stop();
    for (std::thread& t : threads_) t.join();
}

void daemon::listen() {
    const bool serves = config_.fleet.as != config::role::worker;
    for (listen_address where : serves ? config_.listen : std::vector<listen_address>{}) {
        // Another daemon of ours would share the port too: only an unshared socket notices it.
        if (where.unix_path.empty()) bound_socket{where, false};
        bound_socket first{where, true};
        if (where.unix_path.empty()) where.port = first.port();
        if (process_.port == 0) process_.port = where.port;
        const auto tls = certificates(where);
        for (std::size_t i = 1; i < workers_.size(); ++i)
            workers_[i]->listen(
                where.unix_path.empty() ? bound_socket{where, true} : first.duplicate(), tls);
        workers_[0]->listen(std::move(first), tls);
        log().info("listening on {}{}", to_string(where), tls ? " with TLS" : "");
    }
    if (config_.admin.host.empty()) return;
    admin_.emplace(
        io_, config_.admin.host, config_.admin.port, [this] { return view(); },
        [this] { return inquire_flights(&workers_); });
    log().info("admin on http://{}", admin_->address());
}

/// Null: no TLS there.
std::shared_ptr<server_tls_context> daemon::certificates(const listen_address& where) const {
    if (!where.tls) return nullptr;
    return std::make_shared<server_tls_context>(*where.tls, to_string(where), time_.now().steady);
}

/// Signals are for the main thread alone.
void daemon::start_threads() {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    for (const auto& w : workers_) threads_.emplace_back([&w] { w->run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void daemon::run() {
    listen();
    start_threads();
    await_signal();
    log().info("herdgate {} is ready: {} workers, {} routes", version, workers_.size(),
               config_.routes.size());
    io_.run();
}

void daemon::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (!error) drain(signal);
    });
}

void daemon::drain(int signal) {
    if (stopping_) {
        log().warn("second signal {}: exiting at once", signal);
        ::alarm(exit_seconds_max);
        return io_.stop();
    }
    stopping_ = true;
    log().info("signal {}: draining", signal);
    await_signal();
    draining_ = workers_.size();
    for (const auto& w : workers_)
        w->drain([this] { asio::post(io_, [this] { worker_drained(); }); });
    drain_timer_.expires_after(config_.drain);
    drain_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        log().warn("drain time is over: {} workers still have clients", draining_);
        for (const auto& w : workers_) w->hurry();
        drain_timer_.expires_after(farewell_max);
        drain_timer_.async_wait([this](const boost::system::error_code& e) {
            if (!e) io_.stop();
        });
    });
}

void daemon::worker_drained() {
    if (--draining_ > 0) return;
    log().info("drained");
    io_.stop();
}

admin_view daemon::view() const {
    admin_view v{config_, process_, time_.now(), true, stopping_};
    for (const auto& w : workers_) v.alive = v.alive && v.now.steady - w->last_beat() < seconds{5};
    return v;
}

}  // namespace

int run_daemon(const config& c) {
    configure_log(c.log.level, c.log.format == config::log_format::json);
    std::signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    try {
        daemon{c}.run();
    } catch (const std::exception& e) {
        log().critical("{}", e.what());
        return 1;
    }
    log().info("bye");
    return 0;
}

}  // namespace herdgate
