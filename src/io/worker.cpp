// SPDX-License-Identifier: Apache-2.0
#include "worker.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/session.hpp"
#include "log.hpp"
#include "server_tls_context.hpp"
#include "session_io.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;

constexpr std::size_t scratch_bytes = 64 * kib;
constexpr seconds beat_every{1};
constexpr seconds request_time_max{30};  ///< a command has arrived whole by then
constexpr seconds login_time_max{10};    ///< as long again for a TLS handshake before it
constexpr std::size_t expire_budget = 2000;
constexpr int keepalive_seconds = 300;
constexpr milliseconds farewell_max{500};

/// A client that expects TLS is told nothing: it has not been greeted.
void refuse(int descriptor, std::string_view text, bool tls) {
    std::string reply;
    if (!tls) resp::write_error(reply, text);
    [[maybe_unused]] const auto sent =
        ::send(descriptor, reply.data(), reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(descriptor);
}

void set_options(int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive_seconds,
                 sizeof(keepalive_seconds));
}

}  // namespace

worker::worker(process_state& process, store_clock& time, std::uint32_t index, std::uint64_t seed,
               std::vector<std::unique_ptr<worker>>& peers)
    : process_(process),
      time_(time),
      index_(index),
      peers_(peers),
      metrics_(*process.metrics[index]),
      http_(io_, *this),
      commands_(
          io_, *this,
          [](load_id, std::string_view line) { log().debug("command's standard error: {}", line); },
          [this](const command_load& of, int change, bool restarted) {
              count_process(of, change, restarted);
          }),
      engine_(process, index, *this, *this, seed),
      greeter_(io_, [this](client_stream* stream,
                           client_identity who) { greeted(stream, std::move(who)); }),
      outbox_(process.metrics.size()),
      scratch_(scratch_bytes),
      failures_(process.configuration.routes.size()) {
    if (process.shared_store)
        shared_.emplace(shared_store::parts{io_, process, time, engine_, index, seed + 1,
                                            [this] { after_event(); }});
    beat_ = time.now().steady.time_since_epoch().count();
}

/// Coroutines of listeners and clients hold references to this: they are ended first, by the event
/// loop itself.
worker::~worker() {
    drained_ = nullptr;
    for (const auto& l : listeners_) l->stop();
    greeter_.close();
    const std::vector<session*> left{engine_.clients().begin(), engine_.clients().end()};
    for (session* client : left) client->link().abort();
    work_.reset();
    io_.restart();
    while (io_.poll() > 0) {
    }
}

void worker::listen(bound_socket socket, std::shared_ptr<server_tls_context> tls) {
    listeners_.push_back(std::make_unique<listener>(*this, std::move(socket), std::move(tls)));
}

void worker::run() {
    if (shared_)
        shared_->start([this] { store_settled(); });
    else
        start_listeners();
    after_event();
    beat();
    io_.run();
}

/// With an upstream, clients are served once every worker knows whether that can be asked: a first
/// request finds none of them still connecting.
void worker::store_settled() {
    if (++process_.settled < peers_.size()) return;
    for (const auto& peer : peers_)
        asio::post(peer->io_, [p = peer.get()] { p->start_listeners(); });
}

void worker::start_listeners() {
    for (const auto& l : listeners_) l->start();
    if (index_ != 0) return;
    warm_.emplace(io_, process_, time_, engine_, [this] { after_event(); });
    warm_->start();
}

void worker::accepted(int descriptor, server_tls_context* tls) {
    const endpoint_names names = names_of(descriptor);
    if (!names.local && !engine_.needs_auth()) {
        metrics_.rejected_protected.add();
        return refuse(descriptor, resp::errors::protected_mode, tls != nullptr);
    }
    if (process_.clients.fetch_add(1) >= process_.configuration.limits.clients) {
        process_.clients.fetch_sub(1);
        metrics_.rejected_max_clients.add();
        return refuse(descriptor, resp::errors::max_clients, tls != nullptr);
    }
    set_options(descriptor);
    metrics_.connections_opened.add();
    metrics_.connections.add(1);
    client_stream::socket_type socket{io_};
    const asio::generic::stream_protocol any{AF_UNSPEC, 0};
    socket.assign(any, descriptor);
    socket.non_blocking(true);
    client_identity who{++process_.last_client_id, names.remote, names.own, descriptor};
    client_stream stream{std::move(socket)};
    if (tls == nullptr) return serve(std::move(stream), std::move(who));
    const steady_time moment = now().steady;
    greeter_.start(std::move(stream), std::move(who), tls->current(moment), moment);
}

/// A handshake has ended; with a stream: well.
void worker::greeted(client_stream* stream, client_identity who) {
    (stream != nullptr ? metrics_.tls_handshakes : metrics_.tls_handshakes_failed).add();
    if (stream == nullptr) return uncount_client();
    serve(std::move(*stream), std::move(who));
}

void worker::serve(client_stream stream, client_identity who) {
    std::make_shared<session_io>(*this, std::move(stream), std::move(who))->start();
    after_event();
}

void worker::uncount_client() {
    process_.clients.fetch_sub(1);
    metrics_.connections.add(-1);
}

void worker::client_gone() {
    uncount_client();
    // The session is about to leave the engine's list.
    if (drained_ && engine_.clients().size() <= 1) finish_drain();
    // What it was to load is the next one's to load: that is said once it has left.
    if (process_.clients_load) after_event();
}

/// What is posted runs behind all events that are ready.
void worker::after_event() {
    if (stopped_ || std::exchange(turn_ending_, true)) return;
    asio::post(io_, [this] { end_turn(); });
}

void worker::end_turn() {
    turn_ending_ = false;
    if (stopped_) return;
    do {
        for (session* client : engine_.take_touched()) client->link().send();
        if (shared_) shared_->flush();
    } while (engine_.touched());
    for (std::uint32_t receiver = 0; receiver < outbox_.size(); ++receiver)
        if (!outbox_[receiver].empty())
            peers_[receiver]->deliver(std::exchange(outbox_[receiver], {}));
    set_timer();
}

void worker::deliver(std::vector<engine_message> messages) {
    auto handle = [this, messages = std::move(messages)]() mutable {
        if (stopped_) return;
        for (engine_message& m : messages) engine_.on_message(std::move(m), now());
        after_event();
    };
    asio::post(io_, std::move(handle));
}

void worker::post(std::uint32_t receiver, engine_message m) {
    outbox_[receiver].push_back(std::move(m));
}

void worker::start(load_id id, load_call call) {
    if (std::holds_alternative<http_call>(call))
        http_.start(id, std::move(call));
    else
        commands_.start(id, std::move(call));
}

void worker::on_loaded(load_id id, load_result result) {
    engine_.on_loaded(id, std::move(result), now());
    after_event();
}

void worker::load_failed(const route& r, std::string_view reason) {
    failures_.failed(r, reason, now().steady);
}

void worker::count_process(const command_load& of, int change, bool restarted) {
    for (const route& r : process_.configuration.routes) {
        if (std::get_if<command_load>(&r.load) != &of) continue;
        metrics_.routes[r.index].processes.add(change);
        if (restarted) metrics_.routes[r.index].process_restarts.add();
    }
}

void worker::set_timer() {
    const auto next = engine_.next_deadline();
    if (next == timer_set_) return;
    timer_set_ = next;
    if (!next) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(store_clock::timer_time(*next));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) on_timer();
    });
}

void worker::on_timer() {
    timer_set_.reset();
    engine_.on_deadline(now());
    after_event();
}

/// Once a second: shows that the loop turns, closes clients that are overdue, lets the store
/// forget.
void worker::beat() {
    const instant moment = now();
    beat_ = moment.steady.time_since_epoch().count();
    close_overdue(moment);
    if (shared_) {
        shared_->tick(moment);
        shared_->flush();
    }
    if (index_ == 0) process_.entries->expire_some(moment.store, expire_budget);
    beat_timer_.expires_after(beat_every);
    beat_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) beat();
    });
}

void worker::close_overdue(const instant& moment) {
    greeter_.close_older(moment.steady - login_time_max);
    std::vector<session*> overdue;
    for (session* client : engine_.clients()) {
        const bool slow =
            client->in_request() && moment.steady - client->request_started() > request_time_max;
        const bool stranger =
            !client->state().authenticated && moment.steady - client->opened() > login_time_max;
        if (slow || stranger) overdue.push_back(client);
    }
    for (session* client : overdue) client->link().abort();
}

void worker::drain(std::function<void()> drained) {
    asio::post(io_, [this, drained = std::move(drained)]() mutable {
        for (const auto& l : listeners_) l->stop();
        greeter_.close();
        if (shared_) shared_->stop_jobs();
        if (warm_) warm_->stop();
        const std::vector<session*> clients{engine_.clients().begin(), engine_.clients().end()};
        drained_ = std::move(drained);
        if (clients.empty()) return finish_drain();
        for (session* client : clients) client->link().drain();
        after_event();
    });
}

/// The last client has gone. Leases are given back, so that other processes may load at once; that
/// takes a moment at most.
void worker::finish_drain() {
    if (!shared_) return std::exchange(drained_, nullptr)();
    farewell_until_ = now().steady + farewell_max;
    engine_.release_leases(now());
    shared_->flush();
    await_farewell();
}

void worker::await_farewell() {
    if (shared_->pending() == 0 || now().steady >= farewell_until_) {
        if (drained_) std::exchange(drained_, nullptr)();
        return;
    }
    farewell_timer_.expires_after(milliseconds{2});
    farewell_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) await_farewell();
    });
}

void worker::hurry() {
    asio::post(io_, [this] {
        if (drained_ && farewell_until_ == steady_time{}) finish_drain();
    });
}

}  // namespace herdgate
