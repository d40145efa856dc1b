// SPDX-License-Identifier: Apache-2.0
//
// herd: many clients that ask for one key at the same time, and how long each had to wait. Its
// clients are of one of two kinds: those that only read, for daemons that load; and cache-aside
// clients that load and store a missing value themselves, as applications do.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "herdgate/core/base/time.hpp"
#include "resp_client.hpp"

namespace herdgate {

class herd {
  public:
    struct task {
        std::string key;
        std::uint16_t origin = 0;  ///< cache-aside: where to load from; 0: the daemon loads
        seconds ttl{1};            ///< cache-aside: of what is stored
    };

    herd(boost::asio::io_context& io, task t) : io_(io), task_(std::move(t)) {}

    /// `count` more clients, connected to that port.
    boost::asio::awaitable<void> connect(std::uint16_t port, std::size_t count);

    /// All ask at once. How long each waited for its value. Throws what the first one threw that
    /// got none.
    boost::asio::awaitable<std::vector<nanoseconds>> ask();

    /// Deletes the key.
    boost::asio::awaitable<void> forget();

    std::size_t size() const { return clients_.size(); }

  private:
    boost::asio::awaitable<nanoseconds> ask_once(resp_client* client);
    boost::asio::awaitable<std::string> load();

    boost::asio::io_context& io_;
    task task_;
    std::vector<std::unique_ptr<resp_client>> clients_;
};

}  // namespace herdgate
