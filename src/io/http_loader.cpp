// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/http_loader.hpp"

#include <curl/curl.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <new>
#include <unordered_map>
#include <utility>

#include "herdgate/core/base/assert.hpp"
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
    struct load {
        load(load_id name, asio::io_context& io, http_call call, http_sockets& sockets)
            : id(name), transfer(std::move(call), sockets), deadline(io) {}

        load_id id;
        http_transfer transfer;
        asio::steady_timer deadline;
    };

    static int on_timeout_wanted(CURLM* multi, long timeout_ms, void* self);

    void act(curl_socket_t fd, int events);
    void collect();
    void end(load& ended, CURLcode code);
    void guard(load& started);

    asio::io_context& io_;
    load_reporter reporter_;
    asio::steady_timer timer_;  ///< when curl wants to be called next
    http_sockets sockets_;
    CURLM* multi_;
    std::unordered_map<load_id, std::unique_ptr<load>> loads_;
};

http_loader::driver::driver(asio::io_context& io, load_sink& sink)
    : io_(io),
      reporter_(io, sink),
      timer_(io),
      sockets_(io, [this](curl_socket_t fd, int events) { act(fd, events); }),
      multi_(curl_multi_init()) {
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
    for (const auto& [id, l] : loads_) curl_multi_remove_handle(multi_, l->transfer.handle());
    loads_.clear();
    curl_multi_cleanup(multi_);  // closes the kept connections by way of sockets_
}

void http_loader::driver::start(load_id id, http_call call) {
    auto fresh = std::make_unique<load>(id, io_, std::move(call), sockets_);
    if (!fresh->transfer.problem().empty()) {
        reporter_.report(id, load_outcome::error, fresh->transfer.problem());
        return;
    }
    curl_easy_setopt(fresh->transfer.handle(), CURLOPT_PRIVATE, fresh.get());
    const CURLMcode code = curl_multi_add_handle(multi_, fresh->transfer.handle());
    if (code != CURLM_OK) {
        reporter_.report(id, load_outcome::error, curl_multi_strerror(code));
        return;
    }
    guard(*fresh);
    const bool is_new = loads_.emplace(id, std::move(fresh)).second;
    HERDGATE_ASSERT(is_new);
}

/// curl's own time-out does not run while a load waits for a connection, so that each load has a
/// timer of ours too.
void http_loader::driver::guard(load& started) {
    started.deadline.expires_after(started.transfer.timeout());
    started.deadline.async_wait(
        [weak = weak_from_this(), id = started.id](const boost::system::error_code& error) {
            const std::shared_ptr<driver> self = weak.lock();
            if (error || self == nullptr) return;
            const auto found = self->loads_.find(id);
            if (found != self->loads_.end()) self->end(*found->second, CURLE_OPERATION_TIMEDOUT);
        });
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
    const load_id id = ended.id;
    load_result result = ended.transfer.finish(code);
    curl_multi_remove_handle(multi_, ended.transfer.handle());
    loads_.erase(id);
    reporter_.report(id, std::move(result));
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
