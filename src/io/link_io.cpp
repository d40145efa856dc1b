// SPDX-License-Identifier: Apache-2.0
#include "link_io.hpp"

#include <utility>

namespace herdgate {

link_io::link_io(boost::asio::io_context& io, const upstream_config& to, link_settings settings,
                 link_user& user, const store_clock& time, std::uint64_t seed,
                 std::function<void()> after_event)
    : io_(io),
      to_(to),
      time_(time),
      after_event_(std::move(after_event)),
      link_(std::move(settings), user, seed),
      timer_(io) {}

link_io::~link_io() {
    close();
}

void link_io::start() {
    link_.start(time_.now());
    flush();
}

void link_io::stop() {
    link_.stop(time_.now());
    flush();
}

void link_io::pause(bool on) {
    paused_ = on;
    if (connection_) connection_->pause(on);
}

void link_io::flush() {
    switch (link_.wants()) {
        case link::want::connect:
            connect();
            break;
        case link::want::close:
            close();
            break;
        case link::want::nothing:
            break;
    }
    if (connection_ && connection_->writable()) {
        std::string bytes = link_.take_output();
        if (!bytes.empty()) connection_->write(std::move(bytes));
    }
    set_timer();
}

void link_io::connect() {
    close();
    connection_ =
        std::make_shared<upstream_connection>(io_, to_, static_cast<connection_user&>(*this));
    connection_->pause(paused_);
    connection_->start();
}

void link_io::close() {
    if (connection_) connection_->close();
    connection_.reset();
}

void link_io::on_connected() {
    link_.on_connected(time_.now());
    settle();
}

void link_io::on_bytes(std::string_view bytes) {
    link_.on_bytes(bytes, time_.now());
    settle();
}

void link_io::on_written() {
    flush();
}

void link_io::on_closed(std::string_view reason) {
    connection_.reset();
    link_.on_closed(reason, time_.now());
    settle();
}

void link_io::on_timer() {
    timer_set_.reset();
    link_.on_deadline(time_.now());
    settle();
}

/// The end of every event.
void link_io::settle() {
    if (after_event_) after_event_();
    flush();
}

/// A timer that is set too early stays: it fires, finds nothing to do and is set anew. So it is not
/// moved for every command.
void link_io::set_timer() {
    const auto next = link_.next_deadline();
    if (!next || (timer_set_ && *timer_set_ <= *next)) return;
    timer_set_ = next;
    timer_.expires_at(store_clock::timer_time(*next));
    auto fired = [this, alive = std::weak_ptr<int>{alive_}](const boost::system::error_code& e) {
        if (!e && !alive.expired()) on_timer();
    };
    timer_.async_wait(std::move(fired));
}

link_settings settings_of(const upstream_config& to) {
    link_settings settings;
    settings.username = to.username;
    settings.password = to.password;
    settings.database = to.database;
    settings.connect_timeout = to.timeouts.connect;
    return settings;
}

}  // namespace herdgate
