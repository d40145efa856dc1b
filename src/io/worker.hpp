// SPDX-License-Identifier: Apache-2.0
//
// worker: one thread with its own event loop, listeners, clients, loaders and engine. What crosses
// threads are messages: they gather in an outbox and leave in one piece per receiver.
//
//   events (bytes, messages, loads, deadlines) → engine → after_event()
//   end of the turn: send touched clients' replies, write to the upstream, post the outbox, set the
//                    one timer to the engine's next deadline
//
// A turn is all events that the event loop has found ready together: the commands of many clients
// go upstream in one write, and their replies come in one read.
//
// Owned by the daemon. Everything but the constructor, drain(), stop(), deliver() and the atomics
// belongs to its thread.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "clock.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/io/command_loader.hpp"
#include "herdgate/io/http_loader.hpp"
#include "listener.hpp"
#include "load_failure_log.hpp"
#include "shared_store.hpp"
#include "tls_greeter.hpp"
#include "warm_up.hpp"

namespace herdgate {

class worker final : private engine_host, private load_sink, private loader {
  public:
    worker(process_state& process, store_clock& time, std::uint32_t index, std::uint64_t seed,
           std::vector<std::unique_ptr<worker>>& peers);
    ~worker();

    /// Adds a listening socket, with TLS or null (see listener.hpp). Before run().
    void listen(bound_socket socket, std::shared_ptr<server_tls_context> tls);

    /// The thread's body: runs until stop().
    void run();

    /// From any thread: accept no more, answer what has been taken, close the clients. `drained` is
    /// called on this worker's thread when the last client has gone.
    void drain(std::function<void()> drained);

    /// From any thread: drain's time is over. Clients are not waited for any more; `drained` is
    /// called as soon as others can go on with what this worker was loading.
    void hurry();

    /// From any thread: run() returns after the current event, and nothing goes to other workers
    /// any more. All workers are stopped, and their threads joined, before the first one is
    /// destroyed.
    void stop() {
        stopped_ = true;
        io_.stop();
    }

    /// From any thread: messages of another worker.
    void deliver(std::vector<engine_message> messages);

    /// When the event loop last turned; for liveness.
    steady_time last_beat() const noexcept { return steady_time{nanoseconds{beat_.load()}}; }

    // For this worker's connections.
    boost::asio::io_context& io() noexcept { return io_; }
    engine& core() noexcept { return engine_; }
    worker_metrics& metrics() noexcept { return metrics_; }
    instant now() const noexcept { return time_.now(); }
    std::vector<char>& scratch() noexcept { return scratch_; }
    /// An event may have left something to do at the end of the turn.
    void after_event();
    void client_gone();

  private:
    friend class listener;

    void accepted(int descriptor, server_tls_context* tls);
    void greeted(client_stream* stream, client_identity who);
    void serve(client_stream stream, client_identity who);
    void uncount_client();
    void store_settled();
    void start_listeners();
    void finish_drain();
    void await_farewell();
    void beat();
    void close_overdue(const instant& now);
    void end_turn();
    void set_timer();
    void on_timer();

    void start(load_id id, load_call call) override;
    void on_loaded(load_id id, load_result result) override;
    void post(std::uint32_t receiver, engine_message m) override;
    void count_process(const command_load& of, int change, bool restarted);
    void load_failed(const route& r, std::string_view reason) override;

    process_state& process_;
    store_clock& time_;
    const std::uint32_t index_;
    std::vector<std::unique_ptr<worker>>& peers_;
    worker_metrics& metrics_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        io_.get_executor()};
    boost::asio::steady_timer timer_{io_};
    boost::asio::steady_timer beat_timer_{io_};
    std::atomic<std::int64_t> beat_{0};
    std::atomic<bool> stopped_{false};
    http_loader http_;
    command_loader commands_;
    engine engine_;
    std::optional<warm_up> warm_;         ///< on the first worker
    std::optional<shared_store> shared_;  ///< with an upstream
    std::vector<std::unique_ptr<listener>> listeners_;
    tls_greeter greeter_;
    std::vector<std::vector<engine_message>> outbox_;  ///< by receiver
    std::vector<char> scratch_;  ///< where all clients' bytes are read to first
    load_failure_log failures_;
    std::optional<steady_time> timer_set_;
    bool turn_ending_ = false;
    std::function<void()> drained_;
    boost::asio::steady_timer farewell_timer_{io_};
    steady_time farewell_until_{};
};

}  // namespace herdgate
