// SPDX-License-Identifier: Apache-2.0
//
// sim_client: a client of some process over a slow connection. It sends commands, several at once,
// and checks each reply: that it comes in time, in order, and says what it may.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "checker.hpp"
#include "herdgate/core/resp/reply_cursor.hpp"
#include "herdgate/core/resp/reply_parser.hpp"

namespace herdgate::sim {

/// What all clients share.
struct client_world {
    const settings& s;
    scheduler& time;
    chance& luck;
    network near;  ///< a sidecar's clients are on its host
    origin& source;
    checker& checks;
    fleet& processes;
    std::set<std::string>& writing;  ///< keys with a SET under way: one at a time
    std::function<void(const std::string&)> trace;
};

class sim_client : public std::enable_shared_from_this<sim_client> {
  public:
    sim_client(client_world& w, std::size_t number) : world_(w), number_(number) {}

    bool connected() const;
    void connect(std::size_t process);
    void disconnect();

    void ping();
    void get(const std::vector<std::string>& keys);
    void get_plain();
    void set(const std::string& key);
    void edit(std::vector<std::string> args);

    /// In phase two: every read succeeds, with at least this version.
    bool strict = false;
    std::size_t answered() const noexcept { return answered_; }

  private:
    struct operation {
        std::uint64_t number;
        std::vector<std::string> args;
        std::vector<checker::read> reads;
        std::string echo;
        std::size_t version = 0;  ///< of a SET
        steady_time due;
        nanoseconds held;  ///< what the process had been held before
    };

    void send(operation o, nanoseconds limit);
    void watch(std::uint64_t number, std::uint64_t connection, steady_time when);
    void on_bytes(std::string_view bytes);
    void on_reply(operation& o, resp::reply_cursor reply);
    void on_part(const checker::read& r, resp::reply_cursor part);
    void give_up(const operation& o);
    nanoseconds slack() const;

    client_world& world_;
    const std::size_t number_;
    std::size_t process_ = 0;
    std::uint64_t incarnation_ = 0;
    std::uint64_t session_ = 0;
    std::uint64_t connection_ = 0;  ///< counts them
    std::shared_ptr<pipe> out_;
    std::shared_ptr<pipe> in_;
    std::deque<operation> pending_;
    std::string kept_;
    resp::reply_parser parser_;
    std::uint64_t last_ = 0;
    std::size_t answered_ = 0;
};

}  // namespace herdgate::sim
