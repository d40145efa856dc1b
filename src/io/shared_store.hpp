// SPDX-License-Identifier: Apache-2.0
//
// shared_store: one worker's connections to the upstream Redis and what runs on them.
//
//   data      the store's own commands: entries, leases, the clock
//   unasked   subscribed: wake-ups, invalidations of what `data` has read, the invalidation channel
//   relay     clients' commands that no route concerns; one connection for each protocol, opened
//             when it is first spoken
//   clients   one for each client whose state Redis keeps, or for every client
//   refreshes two for the refresh stream, on the first worker of a process that works it off
//
// Owned by the worker, and belongs to its thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <optional>

#include "client_links.hpp"
#include "clock.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/upstream/redis_store.hpp"
#include "herdgate/core/upstream/relay.hpp"
#include "link_io.hpp"
#include "quiet_log.hpp"
#include "refresh_stream.hpp"

namespace herdgate {

class shared_store final : private redis_store_user {
  public:
    struct parts {
        boost::asio::io_context& io;
        process_state& process;
        store_clock& time;
        engine& core;
        std::uint32_t worker;
        std::uint64_t seed;
        std::function<void()> after_event;
    };
    explicit shared_store(const parts& p);
    ~shared_store();

    /// Opens the store's connections. `settled` is called once, from the event loop: when the store
    /// can be asked and near copies are kept up to date, or when that has failed.
    void start(std::function<void()> settled);

    /// Once per turn of the event loop: sends what was said meanwhile.
    void flush();

    /// Once a second.
    void tick(const instant& now);

    /// The process is about to end: no more jobs of the refresh stream are taken.
    void stop_jobs();

    /// Commands of the store that Redis has not answered.
    std::size_t pending() { return data_.core().pending(); }

    void stop();

  private:
    void settle();
    bool needed() const noexcept;

    void on_store_away(bool away, std::string_view reason, const instant& now) override;
    void on_trouble(std::string_view text) override;
    void on_coherent(bool coherent, const instant& now) override;
    void on_entry_changed(std::string_view key, const instant& now) override;
    void on_all_changed(const instant& now) override;
    void on_published(std::string_view text, const instant& now) override;
    void on_following(bool told, const instant& now) override;
    route_floor floor_of(std::string_view key, std::string_view notes) override;
    void on_floor(std::string_view route, const route_floor& floor, const instant& now) override;
    void on_refresh_due(entry_key key, const instant& now) override;
    void on_clock(nanoseconds offset) override;

    parts parts_;
    redis_store store_;
    relay relay_;
    client_links clients_;
    link_io data_;
    link_io unasked_;
    link_io relay_resp2_;
    link_io relay_resp3_;
    std::function<void()> settled_;
    std::optional<refresh_stream> refreshes_;  ///< where this worker works off the stream
    quiet_log ignored_;
    bool told_away_ = false;  ///< the log says that Redis is not reachable
};

}  // namespace herdgate
