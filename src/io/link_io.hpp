// SPDX-License-Identifier: Apache-2.0
//
// link_io: drives one link over a socket: opens and closes connections as the link wishes, moves
// its bytes, and keeps its time with one timer.
//
//   event (connected, bytes, closed, timer) → link → after_event() of the owner → flush()
//
// The owner calls flush() at the end of each turn of its event loop, for whatever was sent
// meanwhile; calling it too often does no harm.
//
// Ownership: everything belongs to the event loop's thread. The owner outlives it, as do context,
// configuration and clock; it may go at any time except from within one of its own callbacks, and
// what is left of its connections ends by itself. The destructor tells nobody: stop() does.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "clock.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/upstream/link.hpp"
#include "upstream_connection.hpp"

namespace herdgate {

class link_io final : private connection_user {
  public:
    link_io(boost::asio::io_context& io, const upstream_config& to, link_settings settings,
            link_user& user, const store_clock& time, std::uint64_t seed,
            std::function<void()> after_event);
    ~link_io();
    link_io(const link_io&) = delete;
    link_io& operator=(const link_io&) = delete;

    link& core() noexcept { return link_; }

    /// Once. The user hears of everything from the event loop, never from within.
    void start();

    /// Does what the link wishes: connects or closes, writes, sets the timer.
    void flush();

    /// Nothing more is read while `on`.
    void pause(bool on);

    /// For good; pending takers hear on_lost from within.
    void stop();

  private:
    void on_connected() override;
    void on_bytes(std::string_view bytes) override;
    void on_written() override;
    void on_closed(std::string_view reason) override;
    void on_timer();
    void connect();
    void close();
    void settle();
    void set_timer();

    boost::asio::io_context& io_;
    const upstream_config& to_;
    const store_clock& time_;
    std::function<void()> after_event_;
    link link_;
    std::shared_ptr<upstream_connection> connection_;
    bool paused_ = false;
    boost::asio::steady_timer timer_;
    std::optional<steady_time> timer_set_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< tells the timer that we are gone
};

/// What the link has to say to the configured upstream.
link_settings settings_of(const upstream_config& to);

}  // namespace herdgate
