// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

namespace herdgate::sim {
namespace {

milliseconds pick(chance& luck, std::vector<int> choices) {
    return milliseconds{luck.of(choices)};
}

}  // namespace

std::string key_name(std::size_t index) {
    return "p:" + std::to_string(index);
}

settings settings::of(std::uint64_t seed, planted bugs) {
    settings s;
    chance luck{seed * 2 + 1};
    s.seed = seed;
    s.bugs = bugs;
    s.processes = 1 + luck.below(3);
    s.workers = 1 + luck.below(2);
    s.clients = 3 + luck.below(3);
    s.keys = 1 + luck.below(4);
    s.faults = !luck.one_in(3);
    s.origin_fails = luck.one_in(2);
    s.clock_jumps = s.faults && luck.one_in(6);
    constexpr auto keys = config::tracking_mode::keys;
    s.tracking = luck.of(std::vector<config::tracking_mode>{
        keys, keys, keys, config::tracking_mode::broadcast, config::tracking_mode::off});
    s.policy.ttl = pick(luck, {300, 1000, 3000, 60000});
    s.policy.stale.while_revalidate = pick(luck, {0, 0, 500, 2000});
    s.policy.stale.if_error = pick(luck, {0, 1000, 4000});
    s.policy.negative.ttl = pick(luck, {0, 500, 2000});
    s.policy.wait.timeout = pick(luck, {400, 1500, 3000});
    s.policy.wait.then =
        luck.one_in(4) ? route_policy::wait_end::nil : route_policy::wait_end::error;
    if (luck.one_in(2)) s.policy.limit.concurrency = 1 + luck.below(4);
    s.policy.limit.queue_timeout = pick(luck, {500, 3000});
    s.policy.backoff.first = pick(luck, {50, 300});
    s.policy.backoff.max = milliseconds{600};
    s.lease = pick(luck, {800, 1500});
    s.max_age = pick(luck, {1000, 5000});
    s.net.most = pick(luck, {1, 5, 15});
    s.net.uneven = s.net.most <= milliseconds{5};
    s.load_most = pick(luck, {5, 100, 300});
    if (luck.one_in(4)) s.load_most = pick(luck, {2500});
    if (!s.faults && !s.origin_fails) {  // then nobody may see an error
        s.policy.wait.timeout = milliseconds{3000};
        s.policy.limit = {};
        s.load_most = std::min<nanoseconds>(s.load_most, milliseconds{300});
    }
    return s;
}

std::string settings::describe() const {
    const auto ms = [](nanoseconds t) { return std::to_string(t.count() / 1'000'000); };
    std::string text = std::to_string(processes) + " processes of " + std::to_string(workers);
    text += " workers, " + std::to_string(keys) + " keys, tracking ";
    text += std::to_string(static_cast<int>(tracking)) + ", ttl " + ms(policy.ttl);
    text += "+" + ms(policy.stale.while_revalidate) + "+" + ms(policy.stale.if_error);
    text += ", negative " + ms(policy.negative.ttl) + ", wait " + ms(policy.wait.timeout);
    text += ", lease " + ms(lease) + ", loads to " + ms(load_most) + ", net to " + ms(net.most);
    if (faults) text += ", faults";
    if (origin_fails) text += ", failing origin";
    if (clock_jumps) text += ", clock jumps";
    return text;
}

config settings::make_config() const {
    config c;
    route r;
    r.name = "p";
    r.match = *route_pattern::parse("p:{id}");
    command_load load;
    load.argv = {text_template{{{"/bin/true", text_template::no_capture}}, "/bin/true"}};
    load.stdin_key = true;
    load.timeout = milliseconds{4000};
    r.load = load;
    r.policy = policy;
    c.routes = {r};
    c.upstream.emplace();
    c.upstream->timeouts = {milliseconds{500}, relay_timeout, store_timeout};
    c.near_cache.tracking = tracking;
    c.near_cache.max_age = max_age;
    c.near_cache.max_memory = 4 * mib;
    c.store.lease = lease;
    c.limits.value = 64 * kib;
    return c;
}

}  // namespace herdgate::sim
