// SPDX-License-Identifier: Apache-2.0
//
// client_links: one worker's links to Redis that single clients have for themselves, and the spare
// ones: up, clean, and waiting for the next client. At most limits::spare_links are kept.
//
// A link that was given back is closed at once, but destroyed by the event loop: it may be in the
// middle of a call to its user. Owned by the worker, and belongs to its thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "clock.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/metrics/worker_metrics.hpp"
#include "herdgate/core/upstream/link_lender.hpp"
#include "link_io.hpp"

namespace herdgate {

class client_links final : public link_lender {
  public:
    struct parts {
        boost::asio::io_context& io;
        const upstream_config& to;
        store_clock& time;
        worker_metrics& metrics;
        std::uint64_t seed;
        std::function<void()> after_event;
    };
    explicit client_links(parts p);
    ~client_links();

    loan lend(link_user& user, login whose, const link_traits& wish) override;
    void give_back(link& lent, const link_traits& left, bool clean) override;
    void queued(link& lent) override;
    void pause(link& lent, bool on) override;

    /// Once per turn of the event loop: sends what was queued.
    void flush();
    void stop();

  private:
    class connection;

    std::unique_ptr<connection> take_spare(const link_traits& wish);
    void end(std::unique_ptr<connection> over);
    void drop_spare(connection& lost);

    parts parts_;
    link_settings settings_;
    std::unordered_map<link*, std::unique_ptr<connection>> lent_;
    std::vector<std::unique_ptr<connection>> spare_;
    std::vector<connection*> queued_;
    std::vector<std::unique_ptr<connection>> ended_;
    std::shared_ptr<int> alive_ =
        std::make_shared<int>();  ///< tells the event loop that we are gone
};

}  // namespace herdgate
