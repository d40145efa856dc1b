// SPDX-License-Identifier: Apache-2.0
//
// dry_runs: what routes with `dry_run` would have saved. Their keys are treated as if no route
// claimed them; this looks on, and keeps for each key what an entry of the route would be:
//
//   read  ─ fresh ──────────────► a hit
//         ─ stale ──────────────► a stale hit, and a load unless one is in progress
//         ─ nothing, no load ───► a load
//         ─ nothing, a load ────► coalesced
//   write ──────────────────────► the load has ended, or the application has stored a value: fresh
//
// Where no write ends a load, it is taken to have taken as long as the route lets a reader wait.
// Keys are known by their hash. Bounded: beyond keys_max those that were looked at are forgotten, a
// part at a time. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

struct route_policy;

enum class dry_outcome : std::uint8_t { hit, stale, load, coalesced };

class dry_runs {
  public:
    static constexpr std::size_t keys_max = 262'144;

    struct seen {
        dry_outcome what = dry_outcome::hit;
        bool loads = false;  ///< a load would have started
    };

    /// `key`: the hash of its database and bytes.
    seen read(std::uint64_t key, const route_policy& policy, steady_time now);
    void write(std::uint64_t key, const route_policy& policy, steady_time now);
    void erase(std::uint64_t key);

    std::size_t size() const;

  private:
    struct shadow {
        steady_time fresh_until{};
        steady_time loading_until{};  ///< the epoch: no load
    };
    struct shard {
        mutable std::mutex mutex;
        std::unordered_map<std::uint64_t, shadow> keys;
    };
    static constexpr std::size_t shard_count = 16;

    std::array<shard, shard_count> shards_;
};

}  // namespace herdgate
