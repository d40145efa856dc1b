// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/dry_runs.hpp"

#include "herdgate/core/config/config.hpp"

namespace herdgate {

dry_runs::seen dry_runs::read(std::uint64_t key, const route_policy& policy, steady_time now) {
    shard& s = shards_[key % shard_count];
    const std::lock_guard lock{s.mutex};
    if (s.keys.size() >= keys_max / shard_count && s.keys.find(key) == s.keys.end())
        s.keys.erase(s.keys.begin());
    shadow& k = s.keys[key];
    // A load that nobody has been seen to end has ended by now.
    if (k.loading_until != steady_time{} && k.loading_until <= now)
        k = {k.loading_until + policy.ttl, {}};
    if (now < k.fresh_until) return {dry_outcome::hit, false};
    const bool loading = k.loading_until != steady_time{};
    if (!loading) k.loading_until = now + policy.wait.timeout;
    const bool known = k.fresh_until != steady_time{};
    if (known && now < k.fresh_until + policy.stale.while_revalidate)
        return {dry_outcome::stale, !loading};
    return {loading ? dry_outcome::coalesced : dry_outcome::load, !loading};
}

void dry_runs::write(std::uint64_t key, const route_policy& policy, steady_time now) {
    shard& s = shards_[key % shard_count];
    const std::lock_guard lock{s.mutex};
    const auto found = s.keys.find(key);
    if (found != s.keys.end()) found->second = {now + policy.ttl, {}};
}

void dry_runs::erase(std::uint64_t key) {
    shard& s = shards_[key % shard_count];
    const std::lock_guard lock{s.mutex};
    s.keys.erase(key);
}

std::size_t dry_runs::size() const {
    std::size_t sum = 0;
    for (const shard& s : shards_) {
        const std::lock_guard lock{s.mutex};
        sum += s.keys.size();
    }
    return sum;
}

}  // namespace herdgate
