// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/http_loader.hpp"

#include <curl/curl.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>

#include "clock.hpp"
#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/random.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/http/retry_budget.hpp"
#include "herdgate/core/http/trace_context.hpp"
#include "herdgate/io/load_reporter.hpp"
#include "http_sockets.hpp"
#include "http_transfer.hpp"

namespace herdgate {

namespace asio = boost::asio;

namespace {

// How many loads run at once is the routes' affair (limit.concurrency). These bound what a worker
// can hold open; loads beyond them wait for a connection, within their own time-outs.
constexpr long connections_per_host = 256;
constexpr long connections_in_total = 1024;
constexpr long idle_connections = 128;

}  // namespace

/// Drives one multi handle. curl is entered from three places only: start(), a ready descriptor and
/// a timer; never from inside one of its callbacks, which do no more than note what curl wants.
class http_loader::driver : public std::enable_shared_from_this<driver> {
  public:
    driver(asio::io_context& io, load_sink& sink);
    ~driver();

    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;

    void start(load_id id, http_call call);
    std::size_t in_progress() const { return loads_.size(); }

  private:
    /// One request after the other, with pauses between; `transfer` is the one under way.
    struct load {
        load(load_id name, asio::io_context& io, http_call made, trace_id traced)
            : id(name), call(std::move(made)), trace(traced), deadline(io), pause(io) {}

        load_id id;
        http_call call;
        trace_id trace;
        steady_time ends{};
        asio::steady_timer deadline;
        asio::steady_timer pause;
        std::optional<http_transfer> transfer;
        std::uint32_t retries = 0;
    };

    static int on_timeout_wanted(CURLM* multi, long timeout_ms, void* self);

    void act(curl_socket_t fd, int events);
    void collect();
    std::string send(load& l);
    void end(load& ended, CURLcode code);
    bool retry(load& failed);
    void report(load& ended, load_result result);
    void guard(load& started);
    void after(asio::steady_timer& timer, milliseconds pause, load_id id,
               void (driver::*then)(load&));
    void on_deadline(load& late);
    void on_pause_over(load& waiting);
    retry_budget& budget_of(const http_load& spec);

    asio::io_context& io_;
    load_reporter reporter_;
    asio::steady_timer timer_;  ///< when curl wants to be called next
    http_sockets sockets_;
    CURLM* multi_;
    random_source random_;
    std::unordered_map<load_id, std::unique_ptr<load>> loads_;
    std::unordered_map<const http_load*, retry_budget> budgets_;  ///< one for each route
};

http_loader::driver::driver(asio::io_context& io, load_sink& sink)
    : io_(io),
      reporter_(io, sink),
      timer_(io),
      sockets_(io, [this](curl_socket_t fd, int events) { act(fd, events); }),
      multi_(curl_multi_init()),
      random_((std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}()) {
    if (multi_ == nullptr) throw std::bad_alloc();
    sockets_.drive(multi_);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &driver::on_timeout_wanted);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, connections_per_host);
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections_in_total);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, idle_connections);
}

http_loader::driver::~driver() {
    for (const auto& [id, l] : loads_)
        if (l->transfer) curl_multi_remove_handle(multi_, l->transfer->handle());
    loads_.clear();
    curl_multi_cleanup(multi_);  // closes the kept connections by way of sockets_
}

void http_loader::driver::start(load_id id, http_call call) {
    auto fresh = std::make_unique<load>(id, io_, std::move(call), new_trace(random_));
    load& l = *fresh;
    l.ends = store_clock::steady_now() + l.call.spec->timeout;
    if (const std::string problem = send(l); !problem.empty()) {
        reporter_.report(id, load_outcome::error, problem);
        return;
    }
    if (l.call.spec->retry.attempts > 0)
        budget_of(*l.call.spec).on_request(store_clock::steady_now());
    guard(l);
    const bool is_new = loads_.emplace(id, std::move(fresh)).second;
    HERDGATE_ASSERT(is_new);
}

/// Sends the load's next request. Returns why it cannot; empty if it can.
std::string http_loader::driver::send(load& l) {
    const auto left = std::chrono::ceil<milliseconds>(l.ends - store_clock::steady_now());
    l.transfer.emplace(l.call, sockets_, left, traceparent(l.trace, random_));
    std::string problem = l.transfer->problem();
    if (problem.empty()) {
        curl_easy_setopt(l.transfer->handle(), CURLOPT_PRIVATE, &l);
        const CURLMcode code = curl_multi_add_handle(multi_, l.transfer->handle());
        if (code != CURLM_OK) problem = curl_multi_strerror(code);
    }
    if (!problem.empty()) l.transfer.reset();
    return problem;
}

/// Does something with the load when a pause is over, if both are still there.
void http_loader::driver::after(asio::steady_timer& timer, milliseconds pause, load_id id,
                                void (driver::*then)(load&)) {
    timer.expires_after(pause);
    timer.async_wait([weak = weak_from_this(), id, then](const boost::system::error_code& error) {
        const std::shared_ptr<driver> self = weak.lock();
        if (error || self == nullptr) return;
        const auto found = self->loads_.find(id);
        if (found != self->loads_.end()) ((*self).*then)(*found->second);
    });
}

/// curl's own time-out does not run while a load waits for a connection, so that each load has a
/// timer of ours too.
void http_loader::driver::guard(load& started) {
    const milliseconds timeout = std::max(started.call.spec->timeout, milliseconds{1});
    after(started.deadline, timeout, started.id, &driver::on_deadline);
}

void http_loader::driver::on_deadline(load& late) {
    if (late.transfer) return end(late, CURLE_OPERATION_TIMEDOUT);
    report(late, {load_outcome::timeout, {}, "no answer before the time-out"});
}

/// Called from inside curl: only sets the timer, and never less than one turn of the event loop
/// ahead.
int http_loader::driver::on_timeout_wanted(CURLM*, long timeout_ms, void* self) {
    auto& d = *static_cast<driver*>(self);
    if (timeout_ms < 0) {
        d.timer_.cancel();
        return 0;
    }
    d.timer_.expires_after(std::chrono::milliseconds(timeout_ms));
    d.timer_.async_wait([weak = d.weak_from_this()](const boost::system::error_code& error) {
        const std::shared_ptr<driver> alive = weak.lock();
        if (!error && alive != nullptr) alive->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
}

void http_loader::driver::act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    collect();
}

void http_loader::driver::collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        load* ended = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ended);
        end(*ended, message->data.result);  // the message is gone after this
    }
}

void http_loader::driver::end(load& ended, CURLcode code) {
    http_transfer::end how = ended.transfer->finish(code, store_clock::wall_seconds());
    curl_multi_remove_handle(multi_, ended.transfer->handle());
    ended.transfer.reset();
    if (how.may_retry && !how.result.retry_after && retry(ended)) return;
    report(ended, std::move(how.result));
}

/// Whether there will be one more request: the route wants it, its budget has room, and there is
/// time.
bool http_loader::driver::retry(load& failed) {
    const http_load& spec = *failed.call.spec;
    if (failed.retries >= spec.retry.attempts) return false;
    const steady_time now = store_clock::steady_now();
    const milliseconds pause = retry_pause(failed.retries + 1, random_.unit());
    if (now + pause + milliseconds{1} >= failed.ends || !budget_of(spec).take(now)) return false;
    after(failed.pause, pause, failed.id, &driver::on_pause_over);
    return true;
}

void http_loader::driver::on_pause_over(load& waiting) {
    ++waiting.retries;
    const std::string problem = send(waiting);
    if (!problem.empty()) report(waiting, {load_outcome::error, {}, problem});
}

void http_loader::driver::report(load& ended, load_result result) {
    const load_id id = ended.id;
    result.retries = ended.retries;
    loads_.erase(id);
    reporter_.report(id, std::move(result));
}

retry_budget& http_loader::driver::budget_of(const http_load& spec) {
    return budgets_.try_emplace(&spec, spec.retry.budget).first->second;
}

http_loader::http_loader(asio::io_context& io, load_sink& sink) {
    prepare_curl();
    driver_ = std::make_shared<driver>(io, sink);
}

http_loader::~http_loader() = default;

void http_loader::start(load_id id, load_call call) {
    HERDGATE_ASSERT(std::holds_alternative<http_call>(call));
    driver_->start(id, std::get<http_call>(std::move(call)));
}

std::size_t http_loader::in_progress() const {
    return driver_->in_progress();
}

}  // namespace herdgate
