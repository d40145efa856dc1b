// SPDX-License-Identifier: Apache-2.0
//
// warm_up: has the keys of routes' `warm` loaded at the start, so many a second, and never more at
// once than half of the loads that the route may run: clients come first. One for each process, on
// its first worker. Progress is in the metrics, and in the log every ten seconds.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clock.hpp"
#include "herdgate/core/engine.hpp"

namespace herdgate {

class warm_up {
  public:
    /// `after_event`: what the worker does after each of its events.
    warm_up(boost::asio::io_context& io, process_state& process, store_clock& time, engine& core,
            std::function<void()> after_event);
    ~warm_up();

    void start();
    /// Asks for no more keys.
    void stop();

  private:
    class teller;
    /// A route's keys, and how far they are.
    struct list {
        const route* r;
        std::size_t next = 0;  ///< in r->warm.keys
        std::ifstream file;
        std::size_t asked = 0;
        std::size_t done = 0;
        std::size_t failed = 0;
        bool over = false;
    };

    void turn();
    void ask(list& l);
    bool next_key(list& l, std::string& key);
    void ended(std::size_t index, bool well);
    void tell(list& l, bool last);

    process_state& process_;
    store_clock& time_;
    engine& core_;
    std::function<void()> after_event_;
    boost::asio::steady_timer timer_;
    std::vector<std::unique_ptr<list>> lists_;
    steady_time began_{};
    steady_time told_{};
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< tells the loads that we are gone
};

}  // namespace herdgate
