// SPDX-License-Identifier: Apache-2.0
//
// worker_pool: the programs of one route that are kept running by one of herdgate's threads, and
// the keys that wait for one of them, in order.
//
//   - Nothing is started before the first key. There are `processes` of them at most, beside those
//   that are on their way out.
//   - A key's time-out covers its wait and its answer. A program that has not answered by then is
//   replaced, as is one that ends, closes its output or prints what is no answer: its key fails
//   with that reason, the others wait for the next program.
//   - Programs that fail are started again after 100 ms, twice as long after each further failure,
//   10 s at most, up to a quarter less by chance; an answer ends that. One that cannot be started
//   at all fails every key that waits.
//
// Single-threaded. Belongs to its command_loader; a pending timer shares it.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "herdgate/core/base/random.hpp"
#include "herdgate/io/command_loader.hpp"
#include "worker_process.hpp"

namespace herdgate {

class worker_pool final : private worker_process_owner,
                          public std::enable_shared_from_this<worker_pool> {
  public:
    worker_pool(command_loader& loader, const command_load& terms);

    void ask(load_id id, command_call call);

    /// Programs that have not been reaped.
    std::size_t running() const noexcept { return slots_.size(); }

    /// The loader goes: programs are told to end, nobody hears of anything any more.
    void close();
    /// worker_process::farewell for each. After close().
    void farewell(std::chrono::steady_clock::time_point term,
                  std::chrono::steady_clock::time_point kill);

  private:
    using clock = std::chrono::steady_clock;
    struct request {
        load_id id = 0;
        std::string key;
        clock::time_point deadline{};
    };
    struct slot {
        std::shared_ptr<worker_process> process;
        request asked;  ///< while it is busy
    };

    void proceed();
    bool start_one();
    void expire();
    void hand_out();
    void set_timer();
    void failed(std::string reason);
    slot& slot_of(const worker_process& p);

    void answered(worker_process& p, load_result result) override;
    void gone(worker_process& p, std::string reason) override;
    void reaped(worker_process& p) override;
    void complained(std::string_view line) override;

    command_loader* loader_;  ///< null: closed
    const command_load& terms_;
    std::vector<std::string> argv_;
    std::vector<std::string> env_;
    std::string program_;
    boost::asio::steady_timer timer_;
    random_source random_;
    std::vector<slot> slots_;
    std::deque<request> waiting_;  ///< in the order of their deadlines
    std::size_t failures_ = 0;     ///< since the last answer
    std::size_t to_replace_ = 0;   ///< programs that ended and were not followed by another yet
    clock::time_point start_after_{};
    std::string last_failure_;
};

}  // namespace herdgate
