// SPDX-License-Identifier: Apache-2.0
//
// refresh_stream: the refresh stream's two connections and its jobs (core/fleet/refresh_jobs.hpp),
// which go to the engine. One for each process, on its first worker. A connection of its own reads:
// it is blocked most of the time.
//
// Owned by shared_store, and belongs to its worker's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "clock.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/fleet/refresh_jobs.hpp"
#include "link_io.hpp"
#include "quiet_log.hpp"

namespace herdgate {

class refresh_stream final : private refresh_jobs_user {
  public:
    struct parts {
        boost::asio::io_context& io;
        process_state& process;
        store_clock& time;
        engine& core;
        std::string consumer;
        link_settings link;
        std::uint64_t seed;
        std::function<void()> after_event;
    };
    explicit refresh_stream(const parts& p);
    ~refresh_stream();

    void start();
    void flush();
    void tick(const instant& now) { jobs_.tick(now); }

    /// Takes no more jobs.
    void stop_reading() noexcept { jobs_.stop(); }
    void stop();

  private:
    class teller;

    void refresh(job_id id, std::uint16_t database, std::string_view key,
                 const instant& now) override;
    void count(event what) override;
    void on_trouble(std::string_view text) override;

    engine& core_;
    store_clock& time_;
    worker_metrics& metrics_;
    refresh_jobs jobs_;
    link_io reader_;
    link_io keeper_;
    quiet_log troubles_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  ///< tells the loads that we are gone
};

}  // namespace herdgate
