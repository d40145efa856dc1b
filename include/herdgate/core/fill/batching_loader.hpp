// SPDX-License-Identifier: Apache-2.0
//
// batching_loader: one call for the keys of a route that are missed at about the same time. Stands
// between the flights of one worker and its loaders; calls for one key go through as they are.
//
//     first key ── window ──┐
//     second key ───────────┤
//     …                     ├── asks the route's limiter ── queued ── its turn ── one call ── parts
//     key number max ───────┘                            └── too long, or full: all rejected
//
//   - A call is one load for `limit.concurrency` and `limit.queue`. While it waits for its turn it
//   takes more keys, up to `max`.
//   - Each part ends exactly once, with a result of its own; never from inside start().
//   - Bounded: one batch of a route gathers at a time, the limiter bounds those that wait and run;
//   `max` bounds the keys, limits::batch_url_bytes the URL.
//
// Single-threaded. Time comes in as values.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "herdgate/core/fill/load_limiter.hpp"
#include "herdgate/core/fill/loader.hpp"
#include "herdgate/core/metrics/worker_metrics.hpp"

namespace herdgate {

/// What batches ask of the engine around them.
class batching_host {
  public:
    /// A load of one key has ended.
    virtual void part_loaded(load_id id, load_result result) = 0;
    /// A queued load of this or another worker may start.
    virtual void pass_turn(load_limiter::ticket next) = 0;

  protected:
    ~batching_host() = default;
};

class batching_loader final : public loader {
  public:
    struct parts {
        std::uint32_t worker;
        loader& loads;  ///< makes the calls
        batching_host& host;
        worker_metrics& metrics;
        std::vector<std::unique_ptr<load_limiter>>& limiters;  ///< by route index
    };

    explicit batching_loader(const parts& p);
    ~batching_loader() override;
    batching_loader(const batching_loader&) = delete;
    batching_loader& operator=(const batching_loader&) = delete;

    /// Whether an id is that of a batch, not of one key's load.
    static bool is_batch(load_id id) noexcept { return (id & mark) != 0; }

    void start(load_id id, load_call call) override;

    /// A batch's call has ended.
    void on_loaded(load_id batch_id, load_result result);
    /// The turn of a queued batch has come.
    void on_turn(load_id batch_id);

    /// The earliest moment at which on_deadline has something to do.
    std::optional<steady_time> next_deadline() const noexcept;
    void on_deadline(const instant& now);

    /// Batches that have not ended.
    std::size_t size() const noexcept { return batches_.size(); }

  private:
    static constexpr load_id mark = load_id{1} << 63U;
    struct batch;

    batch& gathering(const route& r, std::size_t share, steady_time now);
    void close(batch& b);
    void set_due(batch& b, steady_time due);
    void ask_for_turn(batch& b, steady_time now);
    void give_up_turn(batch& b);
    void send(batch& b);
    void end(batch& b, load_result result);

    parts parts_;
    load_id last_id_ = mark;
    std::map<load_id, batch> batches_;
    std::vector<load_id> open_;                      ///< by route index; 0: none
    std::set<std::pair<steady_time, load_id>> due_;  ///< of those that have not started
};

}  // namespace herdgate
