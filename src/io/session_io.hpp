// SPDX-License-Identifier: Apache-2.0
//
// session_io: one client's stream. One coroutine reads what is there, runs all of it, and sends all
// replies in one write; late replies are sent by whoever completes them (send()).
//
// Ownership: the coroutine and an unfinished write hold it; when both have ended it goes, and the
// session with it. The stream is closed first, so a peer that goes away at any point merely ends
// the coroutine.
//
// Memory: an idle client holds no buffers. Bytes are read into the worker's scratch buffer; only an
// incomplete command is kept here, and only what the socket did not take of the replies.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "client_stream.hpp"
#include "herdgate/core/session/session.hpp"
#include "worker.hpp"

namespace herdgate {

class session_io final : public client_link, public std::enable_shared_from_this<session_io> {
  public:
    session_io(worker& owner, client_stream stream, client_identity who);
    ~session_io();

    void start();

    void send() override;
    void drain() override;
    void overflow() override;
    void abort() override;

  private:
    static boost::asio::awaitable<void> run(std::shared_ptr<session_io> self);
    void read();
    void watch_blocked();
    void feed(std::string_view arrived);
    std::size_t send_some(std::string_view bytes);
    void send_rest(std::size_t sent);
    void await_room();
    void on_room(const boost::system::error_code& error);
    void wake();
    bool takes_input() const noexcept;
    bool finished() const noexcept;
    void close() noexcept;

    worker& owner_;
    client_stream stream_;
    boost::asio::steady_timer room_;  ///< cancelled when there may be room, or an end
    session session_;
    std::string kept_;      ///< received, not consumed
    std::string sending_;   ///< owned by the write in progress
    std::size_t sent_ = 0;  ///< of that
    bool stalled_ = false;  ///< kept_ may hold complete commands that there was no room for
    bool watched_ = false;  ///< read for its end, though its commands wait
    bool writing_ = false;
    bool open_ = true;
};

}  // namespace herdgate
