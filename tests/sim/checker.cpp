// SPDX-License-Identifier: Apache-2.0
#include "checker.hpp"

#include <algorithm>

namespace herdgate::sim {
namespace {

constexpr std::size_t prefix_size = 6;  // "cache:"

std::string key_of(const model_name& name) {
    return name.second.size() > prefix_size ? name.second.substr(prefix_size) : name.second;
}

}  // namespace

checker::checker(const settings& s, scheduler& time, origin& source, redis_host& redis,
                 fleet& processes, std::function<void(const std::string&)> trace)
    : settings_(s),
      time_(time),
      origin_(source),
      redis_(redis),
      processes_(processes),
      trace_(std::move(trace)) {}

void checker::fail(const std::string& text) {
    if (failure_) return;
    failure_ = text;
    trace_("VIOLATED " + text);
}

void checker::fault(const std::string& what) {
    last_fault_ = time_.now();
    trace_("fault: " + what);
}

void checker::on_event(const model_event& e) {
    using kind = model_event::kind;
    if (!e.name.second.starts_with("cache:")) return;
    const std::string key = key_of(e.name);
    key_state& k = keys_[key];
    if (settings_.trace)
        trace_("redis: " + std::to_string(static_cast<int>(e.what)) + " " + key + " " + e.token +
               " " + e.data + " by client " + std::to_string(e.client));
    switch (e.what) {
        case kind::granted:
            k.granted.push_back({e.token, redis_.find(e.client)});
            break;
        case kind::lease_ran_out: {
            lost_leases_.insert(e.token);
            const auto& loads = origin_.loads();
            const bool loading = std::any_of(loads.begin(), loads.end(), [&](const sim_load& l) {
                return l.running && l.token == e.token;
            });
            if (loading && (!settings_.faults || last_fault_ + seconds{6} < time_.now()))
                fail("1: a lease ran out during its load: " + key);
            break;
        }
        case kind::lease_lost:
            lost_leases_.insert(e.token);
            break;
        case kind::filled:
            on_filled(k, e);
            break;
        case kind::written:
            on_written(k, e);
            break;
        case kind::removed:
            k.filled.reset();
            if (e.data == "expired" || e.data == "of no use") break;
            k.removed = time_.now();
            raise_floor(k, origin_.current(key));
            break;
        case kind::pushed:
            if (auto c = redis_.find(e.client))
                k.on_the_way.push_back({c->process, c, c->to_client->sent()});
            break;
        case kind::own:
            if (auto c = redis_.find(e.client)) arriving_.emplace_back(key, c);
            break;
    }
}

void checker::on_received() {
    for (auto& [key, c] : arriving_)
        keys_[key].on_the_way.push_back({c->process, c, c->to_client->sent()});
    arriving_.clear();
    for (const auto& [name, v] : redis_.server().data())
        if (v.is_hash && v.expires == 0) fail("4: a key without a time to live: " + name.second);
}

void checker::on_filled(key_state& k, const model_event& e) {
    k.filled = time_.now();
    const auto v = sim_value::parse(e.data);
    if (!v) return;
    const sim_load& l = origin_.load(v->load);
    if (l.begun < k.removed)
        fail("2: a load that began before the entry was removed is stored: " + e.data);
    if (v->version < k.stored)
        fail("3: " + e.data + " is stored after version " + std::to_string(k.stored));
    k.stored = v->version;
}

void checker::on_written(key_state& k, const model_event& e) {
    k.filled.reset();
    k.removed = k.moved = time_.now();
    const auto v = sim_value::parse(e.data);
    if (!v) return;
    if (v->version < std::max(k.stored, k.floor)) {
        if (k.late_writes.count(v->version) == 0)
            fail("3: " + e.data + " is written after version " + std::to_string(k.stored));
        k.floor = v->version;
        for (change& c : k.changes) c.floor = std::min(c.floor, v->version);
        for (auto& [process, floor] : k.heard) floor = std::min(floor, v->version);
    }
    k.stored = v->version;
    raise_floor(k, v->version);
}

void checker::raise_floor(key_state& k, std::size_t version) {
    k.floor = std::max(k.floor, version);
    k.changes.push_back({time_.now(), k.floor});
}

bool checker::heard(key_state& k, std::size_t process) {
    std::erase_if(k.on_the_way, [](const unheard& u) {
        return u.through->to_client->closed() || u.through->to_client->arrived() >= u.arrives_with;
    });
    if (settings_.tracking == config::tracking_mode::off) return false;
    const sim_process& p = *processes_[process];
    if (!p.coherent_since(time_.now() - settling() - p.held())) return false;
    return std::none_of(k.on_the_way.begin(), k.on_the_way.end(),
                        [&](const unheard& u) { return u.process == process; });
}

std::size_t checker::floor(std::size_t process, const std::string& key) {
    key_state& k = keys_[key];
    std::size_t& known = k.heard[process];
    known = std::max<std::size_t>(known, 1);
    if (heard(k, process)) return known = k.floor;
    const sim_process& p = *processes_[process];
    if (settings_.clock_jumps || p.away_since(time_.now() - settling() - p.held())) return 1;
    const steady_time old_enough = time_.now() - settings_.max_age - settling() - p.held();
    for (const change& c : k.changes)
        if (c.when < old_enough) known = std::max(known, c.floor);
    return known;
}

void checker::on_value(const read& r, const std::string& text) {
    const auto v = sim_value::parse(text);
    if (!v || v->key != r.key) return fail("6: " + r.key + " is answered with " + text);
    key_state& k = keys_[r.key];
    const std::size_t current = origin_.current(r.key);
    if (v->version > current) return fail("6: " + text + " was never written");
    const bool away = processes_[r.process]->away_since(r.asked);
    const bool late = v->load == 0 && k.late_writes.count(v->version) != 0;
    if (!away && !late && v->version < r.floor)
        fail("4: " + text + " is read from process " + std::to_string(r.process) +
             " that knows that version " + std::to_string(r.floor) + " is the oldest left");
    check_woken(r);
    if (v->version == current || settings_.clock_jumps) return;
    const steady_time replaced = std::max(origin_.at(r.key, v->version + 1).since, k.moved);
    nanoseconds held{};
    for (const auto& p : processes_) held += p->held();
    const route_policy& policy = settings_.policy;
    const auto stale = std::max(policy.stale.while_revalidate, policy.stale.if_error);
    if (r.asked > replaced + policy.ttl + stale + seconds{8} + held)
        fail("5: " + text + " is served beyond its windows");
}

void checker::on_nil(const read& r) {
    check_woken(r);
    if (settings_.policy.wait.then == route_policy::wait_end::nil) return;
    const bool away = processes_[r.process]->away_since(r.asked);
    if (!origin_.absent_between(r.key, away ? 1 : r.floor, origin_.current(r.key)))
        fail("6: " + r.key + " is answered with nil, and exists");
}

void checker::on_error(const read& r, const std::string& text) {
    if (!settings_.faults && !settings_.origin_fails)
        fail("3: " + r.key + " is answered with " + text);
}

/// Who waits for a load of another process hears of its end at once.
void checker::check_woken(const read& r) {
    const key_state& k = keys_[r.key];
    if (!calm() || !r.first || !k.filled || k.moved > *k.filled) return;
    const steady_time since = std::max(*k.filled, r.asked);
    const bool still_fresh = time_.now() < *k.filled + settings_.policy.ttl;
    if (!still_fresh || settings_.policy.limit.concurrency < 64) return;
    // Who waits for a load of its own process, whose lease was lost, gets that load's result.
    for (const sim_load& l : origin_.loads())
        if (l.process == r.process && l.key == r.key && (l.running || l.ended > since)) return;
    if (time_.now() > since + 12 * settings_.net.slowest() + milliseconds{150})
        fail("16: a reader of " + r.key + " was not woken when the entry was filled");
}

void checker::on_load(sim_load& l) {
    key_state& k = keys_[l.key];
    const auto of_another = [&](const grant& g) {
        return !g.through || g.through->to_client->closed();
    };
    std::erase_if(k.granted, of_another);
    const auto mine = std::find_if(k.granted.begin(), k.granted.end(),
                                   [&](const grant& g) { return g.through->process == l.process; });
    if (mine != k.granted.end()) {
        l.token = mine->token;
        k.granted.erase(mine);
    } else if (calm() && last_fault_ + seconds{6} < time_.now()) {
        return fail("1: a load without a lease: " + l.key);
    }
    check_overlap(l);
}

void checker::check_overlap(const sim_load& l) {
    for (const sim_load& other : origin_.loads()) {
        if (!other.running || other.key != l.key || other.number == l.number) continue;
        if (l.token.empty() || other.token.empty()) continue;
        if (lost_leases_.count(other.token) == 0 && lost_leases_.count(l.token) == 0)
            fail("1: two loads of " + l.key + " at once, and both hold the lease");
    }
}

void checker::check_metrics(const sim_process& p) {
    route_metrics sum;
    std::uint64_t outcomes = 0;
    std::uint64_t ended = 0;
    std::int64_t flights = 0;
    std::int64_t waiters = 0;
    for (const auto& m : p.state().metrics) {
        const route_metrics& r = m->routes[0];
        sum.lookups.add(r.lookups.read());
        for (const counter* c :
             {&r.hits_fresh, &r.hits_stale, &r.store_hits_fresh, &r.store_hits_stale,
              &r.negative_hits, &r.misses, &r.coalesced, &r.backoff, &r.refused})
            outcomes += c->read();
        sum.loads_started.add(r.loads_started.read());
        for (const counter& c : r.loads) ended += c.read();
        flights += m->flights.read();
        waiters += m->waiters.read();
    }
    const std::string who = " in process " + std::to_string(p.number());
    if (flights != 0) fail("4: " + std::to_string(flights) + " flights are left" + who);
    if (waiters != 0) fail("4: " + std::to_string(waiters) + " waiters are left" + who);
    if (sum.lookups.read() != outcomes)
        fail("7: " + std::to_string(sum.lookups.read()) + " look-ups, " + std::to_string(outcomes) +
             " outcomes" + who);
    if (sum.loads_started.read() != ended)
        fail("7: " + std::to_string(sum.loads_started.read()) + " loads started, " +
             std::to_string(ended) + " ended" + who);
    for (const auto& l : p.state().limiters)
        if (l->running() != 0 || l->queued() != 0) fail("4: permits to load are left" + who);
}

void checker::at_rest() {
    for (const auto& p : processes_) {
        check_metrics(*p);
        for (const auto& w : p->workers()) {
            const std::string who = " in process " + std::to_string(p->number());
            if (w->data().core().pending() != 0 || w->relay_link().core().pending() != 0)
                fail("4: commands to Redis are left" + who);
            if (w->core().edits() != 0) fail("4: writes are left" + who);
            const auto& c = w->unasked().open_connection();
            if (c && redis_.server().subscriptions(c->id) != 1)
                fail("4: subscriptions are left" + who);
        }
    }
    for (const auto& [name, v] : redis_.server().data())
        if (v.fields.count("lease") != 0) fail("8: a lease is left: " + name.second);
}

}  // namespace herdgate::sim
