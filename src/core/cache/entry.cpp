// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/entry.hpp"

#include <algorithm>
#include <cmath>

#include "herdgate/core/cache/load_terms.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

constexpr milliseconds failure_memory{60'000};
constexpr milliseconds uncacheable_for{60'000};

milliseconds share(milliseconds whole, double part) noexcept {
    return milliseconds{static_cast<std::int64_t>(static_cast<double>(whole.count()) * part)};
}

milliseconds jittered(const route_policy& policy, milliseconds ttl, double chance) noexcept {
    return ttl - share(ttl, policy.jitter * chance);
}

/// Without stale windows.
entry_meta until(redis_time end, redis_time now) noexcept {
    entry_meta meta;
    meta.began = now;
    meta.fresh_until = meta.revalidate_until = meta.error_until = end;
    return meta;
}

}  // namespace

freshness judge(const entry& e, redis_time now) noexcept {
    if (e.negative) return now < e.meta.fresh_until ? freshness::negative : freshness::absent;
    if (e.uncacheable && now < e.meta.fresh_until) return freshness::uncacheable;
    if (!e.value) return freshness::absent;
    if (now < e.meta.fresh_until) return freshness::fresh;
    if (now < e.meta.revalidate_until) return freshness::stale_revalidate;
    if (now < e.meta.error_until) return freshness::stale_if_error;
    return freshness::absent;
}

redis_time useful_until(const entry_meta& meta, bool has_value, bool known) noexcept {
    redis_time last{};
    if (meta.failures > 0) last = meta.retry_at + failure_memory;
    if (has_value || known) last = std::max(last, meta.fresh_until);
    if (has_value) last = std::max({last, meta.revalidate_until, meta.error_until});
    return last;
}

entry_meta filled_meta(const route_policy& policy, redis_time now, milliseconds ttl,
                       milliseconds load_time) noexcept {
    entry_meta meta;
    meta.began = now;
    meta.fresh_until = now + ttl;
    meta.revalidate_until = meta.fresh_until + policy.stale.while_revalidate;
    meta.error_until = meta.fresh_until + policy.stale.if_error;
    meta.load_time = load_time;
    return meta;
}

entry_meta loaded_meta(const route_policy& policy, const load_terms& terms, redis_time now,
                       milliseconds load_time, double chance) noexcept {
    entry_meta meta;
    meta.began = now;
    meta.fresh_until = now + jittered(policy, terms.ttl.value_or(policy.ttl), chance);
    meta.revalidate_until =
        meta.fresh_until + terms.while_revalidate.value_or(policy.stale.while_revalidate);
    meta.error_until = meta.fresh_until + terms.if_error.value_or(policy.stale.if_error);
    meta.load_time = load_time;
    return meta;
}

entry_meta negative_meta(const route_policy& policy, redis_time now, milliseconds load_time,
                         double chance) noexcept {
    entry_meta meta = until(now + jittered(policy, policy.negative.ttl, chance), now);
    meta.load_time = load_time;
    return meta;
}

entry_meta uncacheable_meta(redis_time now, milliseconds load_time) noexcept {
    entry_meta meta = until(now + uncacheable_for, now);
    meta.load_time = load_time;
    return meta;
}

entry_meta failed_meta(const route_policy& policy, entry_meta previous, redis_time now,
                       double chance, milliseconds asked_for) noexcept {
    constexpr std::uint32_t doublings_max = 30;
    previous.failures = std::min(previous.failures + 1, doublings_max);
    const auto grown = policy.backoff.first * (std::int64_t{1} << (previous.failures - 1));
    const auto delay = std::min<milliseconds>(grown, policy.backoff.max);
    const milliseconds spread = delay - share(delay, chance / 5);
    previous.retry_at = now + std::max(spread, std::min(asked_for, policy.backoff.max));
    return previous;
}

bool refresh_early(const route_policy& policy, const entry_meta& meta, redis_time now,
                   double chance) noexcept {
    const milliseconds left = meta.fresh_until - now;
    const auto& refresh = policy.refresh;
    if (refresh.xfetch > 0) {
        const auto delta = static_cast<double>(std::max(meta.load_time, milliseconds{1}).count());
        return -delta * refresh.xfetch * std::log(1 - chance) >= static_cast<double>(left.count());
    }
    return left <= refresh.ahead && chance < refresh.probability;
}

bool slides(const route_policy& policy, const entry_meta& meta, redis_time now) noexcept {
    return policy.sliding && meta.fresh_until - now <= policy.sliding->window &&
           meta.fresh_until < meta.began + policy.sliding->max_age;
}

entry_meta slid_meta(const route_policy& policy, entry_meta meta, redis_time now) noexcept {
    const redis_time last = meta.began + policy.sliding->max_age;
    const milliseconds more = std::min(now + policy.sliding->extend, last) - meta.fresh_until;
    if (more <= milliseconds{0}) return meta;
    meta.fresh_until += more;
    meta.revalidate_until += more;
    meta.error_until += more;
    return meta;
}

void apply_floor(entry& e, const route_floor& floor) noexcept {
    if (floor.stale == redis_time{} || e.meta.began > floor.stale) return;
    e.meta.fresh_until = std::min(e.meta.fresh_until, floor.stale);
    e.negative = e.uncacheable = false;
    if (e.meta.began > floor.gone) return;
    e.value = {};
    e.meta = {};
}

}  // namespace herdgate
