// SPDX-License-Identifier: Apache-2.0
#include "session_io.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "herdgate/core/base/limits.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t idle_buffer_bytes = 16 * kib;  ///< a larger empty buffer is given back

void give_back(std::string& buffer) {
    if (buffer.capacity() > idle_buffer_bytes)
        buffer = std::string{};
    else
        buffer.clear();
}

}  // namespace

session_io::session_io(worker& owner, client_stream stream, client_identity who)
    : owner_(owner),
      stream_(std::move(stream)),
      room_(owner.io(), asio::steady_timer::time_point::max()),
      session_(owner.core(), *this, std::move(who), owner.now()) {}

session_io::~session_io() {
    owner_.client_gone();
}

void session_io::start() {
    asio::co_spawn(owner_.io(), run(shared_from_this()), asio::detached);
}

asio::awaitable<void> session_io::run(std::shared_ptr<session_io> self) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (!self->finished()) {
        if (!self->takes_input()) {
            self->watch_blocked();
            co_await self->room_.async_wait(token);
            continue;
        }
        if (self->stalled_) {
            self->feed({});
            self->send();
            self->owner_.after_event();
            co_await asio::post(self->owner_.io(), asio::use_awaitable);  // others' turn
            continue;
        }
        error = {};
        if (self->stream_.pending())
            co_await asio::post(self->owner_.io(), asio::use_awaitable);  // others' turn
        else
            co_await self->stream_.socket().async_wait(self->stream_.read_wait(), token);
        if (!self->open_) break;
        if (error) {
            self->close();
            break;
        }
        self->read();
        self->owner_.after_event();
    }
    self->close();
}

void session_io::read() {
    error_code error;
    std::vector<char>& scratch = owner_.scratch();
    const std::size_t size = stream_.read_some(scratch, error);
    if (error == asio::error::would_block) return;
    if (error == asio::error::eof) {
        if (session_.blocked()) return close();  // as Redis: nobody waits any more
        session_.close();                        // half-closed: what was asked is still answered
    }
    if (error && error != asio::error::eof) return close();
    owner_.metrics().bytes_read.add(size);
    feed(std::string_view{scratch.data(), size});
    send();
}

/// A client that waits for Redis and whose further commands wait too: it is read all the same, up
/// to the watermark, for its end must be seen.
void session_io::watch_blocked() {
    const bool room = kept_.size() < limits::output_watermark;
    if (watched_ || !open_ || !session_.blocked() || takes_input() || !room) return;
    watched_ = true;
    auto arrived = [self = shared_from_this()](const error_code& error) {
        self->watched_ = false;
        if (error || !self->open_ || !self->session_.blocked() || self->takes_input()) return;
        self->read();
        self->owner_.after_event();
        self->watch_blocked();
    };
    stream_.socket().async_wait(stream_.read_wait(), std::move(arrived));
}

/// Has the session consume what was kept and `arrived`; keeps what it leaves. What is kept grows by
/// bytes that have arrived, whatever length a client has announced.
void session_io::feed(std::string_view arrived) {
    if (!kept_.empty()) kept_.append(arrived);
    const bool kept = !kept_.empty();
    const std::string_view bytes = kept ? std::string_view{kept_} : arrived;
    const std::size_t done = session_.consume(bytes, owner_.now());
    stalled_ = done < bytes.size() && !session_.wants_input();
    if (done == bytes.size())
        give_back(kept_);
    else if (kept)
        kept_.erase(0, done);
    else
        kept_.assign(bytes.substr(done));
}

void session_io::send() {
    if (!open_) return;
    if (!writing_) {
        std::string& ready = session_.replies().ready();
        if (!ready.empty()) {
            const std::size_t sent = send_some(ready);
            if (!open_) return;
            if (sent == ready.size())
                give_back(ready);
            else
                send_rest(sent);
        }
    }
    if (session_.over_output_limit()) return overflow();
    session_.sent();
    if (finished()) return wake();
    if (session_.wants_input()) room_.cancel();
}

/// Ends whatever the coroutine waits for.
void session_io::wake() {
    error_code ignored;
    if (open_) stream_.socket().cancel(ignored);
    room_.cancel();
}

/// Writes what the socket takes at once.
std::size_t session_io::send_some(std::string_view bytes) {
    error_code error;
    const std::size_t sent = stream_.write_some(bytes, error);
    if (error && error != asio::error::would_block) {
        close();
        return 0;
    }
    owner_.metrics().bytes_written.add(sent);
    return sent;
}

/// Leaves the rest of the ready replies to the event loop.
void session_io::send_rest(std::size_t sent) {
    writing_ = true;
    sending_ = std::exchange(session_.replies().ready(), {});
    sent_ = sent;
    await_room();
}

void session_io::await_room() {
    session_.set_unsent(sending_.size() - sent_);
    auto done = [self = shared_from_this()](const error_code& error) {
        self->on_room(error);
        self->owner_.after_event();
    };
    stream_.socket().async_wait(stream_.write_wait(), std::move(done));
}

void session_io::on_room(const error_code& error) {
    if (error) close();
    if (open_) sent_ += send_some(std::string_view{sending_}.substr(sent_));
    if (open_ && sent_ < sending_.size()) return await_room();
    writing_ = false;
    session_.set_unsent(0);
    give_back(sending_);
    send();
}

bool session_io::takes_input() const noexcept {
    return !session_.closing() && session_.wants_input();
}

/// Nothing more is going to happen here.
bool session_io::finished() const noexcept {
    if (!open_) return true;
    return session_.closing() && !writing_ && session_.replies().waiting() == 0 &&
           session_.replies().ready().empty();
}

/// The daemon is stopping: what has arrived is still answered.
void session_io::drain() {
    if (!open_) return;
    if (session_.blocked()) return close();
    if (session_.wants_input() && !session_.closing()) read();
    session_.close();
    send();
}

void session_io::abort() {
    close();
}

void session_io::overflow() {
    if (open_) owner_.metrics().rejected_output.add();
    close();
}

void session_io::close() noexcept {
    if (!std::exchange(open_, false)) return;
    stream_.close();
    room_.cancel();
}

}  // namespace herdgate
