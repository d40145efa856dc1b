// SPDX-License-Identifier: Apache-2.0
#include "local_sim.hpp"

#include <algorithm>
#include <sstream>

#include "local_client.hpp"

namespace herdgate::sim {
namespace {

constexpr std::size_t client_count = 7;
constexpr std::size_t events_kept = 80;
constexpr seconds active{2};
constexpr milliseconds lead_lease{300};

text_template literal(const std::string& text) {
    return {{{text, text_template::no_capture}}, text};
}

/// Longest that a reader may wait, by the route's policy, and a moment for messages.
nanoseconds patience(const route_policy& p) {
    const nanoseconds alone = p.limit.queue_timeout + seconds{1} + seconds{7};
    return p.wait.timeout + (p.wait.then == route_policy::wait_end::load ? alone : nanoseconds{0}) +
           milliseconds{100};
}

}  // namespace

/// Which policies this seed has.
config local_sim::draw(chance& luck) {
    route_policy p;
    p.ttl = milliseconds{200 + 100 * static_cast<std::int64_t>(luck.below(8))};
    p.stale.while_revalidate = milliseconds{luck.one_in(3) ? 0 : 400};
    p.stale.if_error = milliseconds{luck.one_in(3) ? 0 : 800};
    p.negative.ttl = milliseconds{luck.one_in(3) ? 0 : 150};
    p.backoff = {milliseconds{50}, milliseconds{300}};
    p.wait.timeout = milliseconds{luck.one_in(2) ? 150 : 1500};
    p.wait.then = static_cast<route_policy::wait_end>(luck.below(3));
    p.limit.concurrency = luck.one_in(3) ? 1 : 8;
    p.limit.queue = luck.one_in(4) ? 0 : 16;
    p.limit.queue_timeout = milliseconds{400};
    if (luck.one_in(3)) p.jitter = 0.3;
    if (luck.one_in(3)) p.soft_timeout = milliseconds{20};
    if (luck.one_in(4)) p.breaker = {2, milliseconds{200}};
    if (luck.one_in(5)) p.writes = route_policy::write::invalidate;
    switch (luck.below(6)) {
        case 0:
            p.refresh.ahead = milliseconds{100};
            p.refresh.probability = 0.5;
            break;
        case 1:
            p.refresh.xfetch = 2;
            break;
        case 2:
            p.refresh.every = milliseconds{120};
            p.refresh.idle = seconds{1};
            break;
        case 3:
            p.sliding = {milliseconds{100}, milliseconds{250}, milliseconds{1500}};
            break;
        default:
            break;
    }
    route served;
    served.name = "served";
    served.match = *route_pattern::parse("k{id}");
    command_load command;
    command.argv = {literal("/x"), {{{"k", 0}}, ""}};
    command.timeout = milliseconds{600};
    command.kill_after = milliseconds{0};
    served.load = command;
    served.policy = p;
    served.tags.push_back(literal("all"));
    route aside;
    aside.index = 1;
    aside.name = "aside";
    aside.match = *route_pattern::parse("c{id}");
    aside.load = client_load{lead_lease};
    aside.policy.ttl = milliseconds{300};
    aside.policy.stale = {milliseconds{luck.one_in(2) ? 0 : 200}, milliseconds{0}};
    aside.policy.wait.timeout = seconds{5};
    config c;
    c.routes = {std::move(served), std::move(aside)};
    c.store.max_memory = luck.one_in(4) ? 64 * kib : mib;
    return c;
}

local_sim::worker::worker(local_sim& s, std::uint32_t i)
    : sim(s), index(i), core(s.process_, i, *this, *this, s.luck_.next()) {}

void local_sim::worker::start(load_id id, load_call call) {
    const auto& argv = std::get<command_call>(call).argv;
    sim.loads_.push_back({index, id, "k" + argv[1].substr(1), ++sim.event_});
    ++sim.began_;
    load& made = sim.loads_.back();
    // Floors know milliseconds: a load of the same one is out of date as well.
    made.current = sim.now().store > sim.tagged_;
    sim.trace("load of " + made.key + " begins");
    const bool alone = sim.policy().wait.then == route_policy::wait_end::load;
    const auto same = std::count_if(sim.loads_.begin(), sim.loads_.end(),
                                    [&](const load& l) { return l.key == made.key && l.current; });
    if (same > 1 && made.current && !alone) sim.fail("two loads of " + made.key + " at once");
    const std::size_t running = sim.loads_.size();
    if (running > sim.policy().limit.concurrency)
        sim.fail(std::to_string(running) + " loads at once");
    const nanoseconds took =
        sim.luck_.between(milliseconds{1}, milliseconds{sim.luck_.one_in(5) ? 600 : 60});
    const std::uint64_t number = made.number;
    sim.time_.after(took, [&s = sim, number] {
        for (std::size_t n = 0; n < s.loads_.size(); ++n)
            if (s.loads_[n].number == number) return s.end_load(n);
    });
}

/// Messages of one worker to another keep their order, and are as late as they like.
void local_sim::worker::post(std::uint32_t receiver, engine_message m) {
    auto kept = std::make_shared<engine_message>(std::move(m));
    sim.time_.after(nanoseconds{50'000}, [&s = sim, receiver, kept] {
        s.workers_[receiver]->core.on_message(std::move(*kept), s.now());
        s.after_event();
    });
}

local_sim::local_sim(std::uint64_t seed)
    : luck_(seed), config_(draw(luck_)), process_(config_, luck_.next()) {
    for (int i = 0; i < 2; ++i)
        process_.metrics.push_back(std::make_unique<worker_metrics>(config_.routes.size()));
    for (std::uint32_t i = 0; i < 2; ++i) workers_.push_back(std::make_unique<worker>(*this, i));
    clients_.resize(client_count);
    for (std::size_t i = 0; i < client_count; ++i) client_turn(i);
}

local_sim::~local_sim() {
    clients_.clear();
}

void local_sim::fail(const std::string& what) {
    if (!failure_)
        failure_ = what + ", " +
                   std::to_string((time_.now().time_since_epoch() - seconds{1000}).count() / 1000) +
                   " us";
}

void local_sim::trace(const std::string& text) {
    const auto us = (time_.now().time_since_epoch() - seconds{1000}).count() / 1000;
    events_.push_back(std::to_string(us) + " us  event " + std::to_string(event_) + "  " + text);
    if (events_.size() > events_kept) events_.pop_front();
}

std::optional<std::string> local_sim::run() {
    const steady_time end = time_.now() + active;
    while (!failure_ && time_.now() < end) time_.run_until(time_.now() + milliseconds{10});
    working_ = false;
    if (!failure_) rest();
    return failure_;
}

void local_sim::client_turn(std::size_t index) {
    if (!working_) return;
    auto& c = clients_[index];
    if (c == nullptr || luck_.one_in(40)) {
        if (c != nullptr)
            for (auto& [key, l] : leaders_)
                if (l.who == c->name) l.who.clear();
        if (c != nullptr) trace(c->name + " goes");
        c.reset();
        after_event();
        c = std::make_unique<local_client>(*this, static_cast<std::uint32_t>(luck_.below(2)),
                                           std::to_string(index) + "." + std::to_string(++event_));
    } else if (c->waiting() < 4) {
        command(*c);
    }
    if (c->waiting() > 0 &&
        time_.now() - c->waits_since() > std::max<nanoseconds>(patience(policy()), seconds{6}))
        fail(c->name + " waits for ever");
    time_.after(luck_.between(milliseconds{1}, milliseconds{60}),
                [this, index] { client_turn(index); });
}

std::string local_sim::any_key() {
    return "k" + std::to_string(luck_.below(4));
}

void local_sim::command(local_client& c) {
    ++event_;
    const std::string key = any_key();
    const std::string own = "c" + std::to_string(luck_.below(2));
    const bool stores = policy().writes == route_policy::write::store;
    for (auto& [led, l] : leaders_)
        if (l.who == c.name && luck_.one_in(2)) {
            l.who.clear();
            changed_[led] = event_;
            return c.ask("SET " + led + " write=" + std::to_string(event_) +
                         (luck_.one_in(2) ? " PX 200" : ""));
        }
    switch (luck_.below(14)) {
        case 0:
            change(key);
            return c.ask("DEL " + key);
        case 1:
            change(key);
            return c.ask("SET " + key + (stores ? " write=" : " lost=") + std::to_string(event_) +
                         " PX 100");
        case 2:
            return change_tagged();
        case 3:
            return c.ask("PTTL " + key);
        case 4:
            return c.ask("HERDGATE WARM " + key);
        case 5:
        case 6:
        case 7:
            return c.ask("GET " + own, own);
        default:
            return c.ask("GET " + key, key);
    }
}

/// A client changes the key now: what was loaded before counts for nothing.
void local_sim::change(const std::string& key) {
    changed_[key] = event_;
    for (load& l : loads_)
        if (l.key == key) l.current = false;
}

void local_sim::change_tagged() {
    tagged_ = now().store;
    trace("all are invalidated by their tag");
    workers_[luck_.below(2)]->core.invalidate_tag("all", {}, now());
    for (std::size_t i = 0; i < 4; ++i) change("k" + std::to_string(i));
    after_event();
}

void local_sim::end_load(std::size_t index) {
    const load done = loads_[index];
    trace("load " + std::to_string(done.number) + " of " + done.key + " ends");
    loads_.erase(loads_.begin() + static_cast<std::ptrdiff_t>(index));
    load_result result;
    const std::size_t luck = luck_.below(20);
    if (luck < 3) {
        result = {luck == 0 ? load_outcome::timeout : load_outcome::error, {}, "broken"};
        if (luck == 1) result.retry_after = milliseconds{100};
    } else if (luck == 3) {
        result.outcome = load_outcome::absent;
    } else {
        result = {load_outcome::ok,
                  shared_bytes{std::string_view{"load=" + std::to_string(done.number)}},
                  {}};
        if (luck_.one_in(6)) result.terms.ttl = milliseconds{50};
        if (luck_.one_in(6)) result.terms.tags = {"all"};
    }
    workers_[done.worker]->core.on_loaded(done.id, std::move(result), now());
    after_event();
}

void local_sim::set_timer(std::uint32_t index) {
    worker& w = *workers_[index];
    const auto due = w.core.next_deadline();
    if (!due || w.waking) return;
    w.waking = true;
    time_.at(*due, [this, index] {
        workers_[index]->waking = false;
        workers_[index]->core.on_deadline(now());
        after_event();
    });
    // One that comes to be due earlier is met by the next event's timer.
    time_.after(milliseconds{5}, [this, index] {
        const auto soon = workers_[index]->core.next_deadline();
        if (soon && *soon <= time_.now()) {
            workers_[index]->core.on_deadline(now());
            after_event();
        }
    });
}

void local_sim::after_event() {
    for (auto& w : workers_)
        for (session* s : w->core.take_touched()) s->link().send();
    for (std::uint32_t i = 0; i < workers_.size(); ++i) set_timer(i);
}

/// Nobody asks any more: in the end nothing is left.
void local_sim::rest() {
    time_.run_until(time_.now() + seconds{12});
    for (const auto& c : clients_)
        if (c != nullptr && c->waiting() > 0) fail(c->name + " was never answered");
    clients_.clear();
    time_.run_until(time_.now() + seconds{5});
    check_sums();
}

void local_sim::check_sums() {
    for (const auto& m : process_.metrics) {
        if (m->flights.read() != 0) fail("a flight is left");
        if (m->waiters.read() != 0) fail("a waiter is left");
    }
    for (const auto& l : process_.limiters)
        if (l->running() + l->queued() != 0) fail("a permit is left");
    if (!loads_.empty()) fail("a load is left");
    for (std::size_t r = 0; r < config_.routes.size(); ++r) {
        std::uint64_t lookups = 0, outcomes = 0, started = 0, ended = 0;
        for (const auto& w : process_.metrics) {
            const route_metrics& m = w->routes[r];
            lookups += m.lookups.read();
            outcomes += m.hits_fresh.read() + m.hits_stale.read() + m.negative_hits.read() +
                        m.misses.read() + m.coalesced.read() + m.backoff.read() + m.refused.read() +
                        m.store_hits_fresh.read() + m.store_hits_stale.read();
            started += m.loads_started.read();
            for (const counter& one : m.loads) ended += one.read();
        }
        if (lookups != outcomes)
            fail(std::to_string(lookups) + " look-ups, " + std::to_string(outcomes) + " outcomes");
        if (started != ended)
            fail(std::to_string(started) + " loads began, " + std::to_string(ended) + " ended");
    }
}

std::string local_sim::describe() const {
    std::ostringstream out;
    const route_policy& p = policy();
    out << "ttl " << p.ttl.count() << ", stale " << p.stale.while_revalidate.count() << "/"
        << p.stale.if_error.count() << ", then " << static_cast<int>(p.wait.then)
        << ", concurrency " << p.limit.concurrency << ", every " << p.refresh.every.count()
        << ", xfetch " << p.refresh.xfetch << ", ahead " << p.refresh.ahead.count() << ", sliding "
        << p.sliding.has_value() << ", breaker " << p.breaker.failures << ", writes "
        << static_cast<int>(p.writes);
    return out.str();
}

void local_client::judge(const question& q, const std::string& reply) {
    sim_.trace(name + " hears of " + q.key + ": " + reply.substr(0, reply.size() - 2));
    if (reply.front() == '-') return;
    const bool led = q.key.front() == 'c';
    if (reply == "$-1\r\n") {
        if (!led) return;
        local_sim::leader& l = sim_.leaders_[q.key];
        // Each turn began between the question and its reply, which may have waited behind others.
        const bool over =
            sim_.time_.now() - std::min(l.since, q.when) >= lead_lease - milliseconds{1};
        if (!l.who.empty() && l.who != name && !over)
            sim_.fail(name + " was told to load " + q.key + ", and so was " + l.who);
        l = {name, q.when};
        return;
    }
    const std::size_t at = reply.find('=');
    if (at == std::string::npos) return sim_.fail("an unknown value: " + reply);
    const std::uint64_t number = std::stoull(reply.substr(at + 1));
    // The last change that was made before this was asked.
    const auto changed = sim_.changed_.find(q.key);
    if (changed == sim_.changed_.end() || changed->second > q.event) return;
    if (number < changed->second)
        sim_.fail(name + " got " + q.key + " of event " + std::to_string(number) +
                  ", asked in event " + std::to_string(q.event) + " after its change in event " +
                  std::to_string(changed->second));
}

}  // namespace herdgate::sim
