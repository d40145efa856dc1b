// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/entry.hpp"

#include <algorithm>

#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

constexpr milliseconds failure_memory{60'000};

}  // namespace

freshness judge(const entry& e, redis_time now) noexcept {
    if (e.negative) return now < e.meta.fresh_until ? freshness::negative : freshness::absent;
    if (!e.value) return freshness::absent;
    if (now < e.meta.fresh_until) return freshness::fresh;
    if (now < e.meta.revalidate_until) return freshness::stale_revalidate;
    if (now < e.meta.error_until) return freshness::stale_if_error;
    return freshness::absent;
}

redis_time useful_until(const entry_meta& meta, bool has_value, bool negative) noexcept {
    redis_time last{};
    if (meta.failures > 0) last = meta.retry_at + failure_memory;
    if (has_value || negative) last = std::max(last, meta.fresh_until);
    if (has_value) last = std::max({last, meta.revalidate_until, meta.error_until});
    return last;
}

entry_meta filled_meta(const route_policy& policy, redis_time now, milliseconds ttl,
                       milliseconds load_time) noexcept {
    entry_meta meta;
    meta.updated_at = now;
    meta.fresh_until = now + ttl;
    meta.revalidate_until = meta.fresh_until + policy.stale.while_revalidate;
    meta.error_until = meta.fresh_until + policy.stale.if_error;
    meta.load_time = load_time;
    return meta;
}

entry_meta negative_meta(const route_policy& policy, redis_time now,
                         milliseconds load_time) noexcept {
    entry_meta meta;
    meta.updated_at = now;
    meta.fresh_until = meta.revalidate_until = meta.error_until = now + policy.negative.ttl;
    meta.load_time = load_time;
    return meta;
}

entry_meta failed_meta(const route_policy& policy, entry_meta previous, redis_time now,
                       double chance) noexcept {
    constexpr std::uint32_t doublings_max = 30;
    previous.failures = std::min(previous.failures + 1, doublings_max);
    const auto grown = policy.backoff.first * (std::int64_t{1} << (previous.failures - 1));
    const auto delay = std::min<milliseconds>(grown, policy.backoff.max);
    const auto off =
        milliseconds{static_cast<std::int64_t>(static_cast<double>(delay.count()) * chance / 5)};
    previous.retry_at = now + delay - off;
    return previous;
}

}  // namespace herdgate
