// SPDX-License-Identifier: Apache-2.0
#include "simulation.hpp"

#include <algorithm>

#include "herdgate/core/resp/command_writer.hpp"

namespace herdgate::sim {
namespace {

constexpr std::size_t events_kept = 100'000;

}  // namespace

simulation::simulation(const settings& s)
    : settings_(s),
      luck_(s.seed),
      net_(s.net),
      redis_(time_, luck_, net_, s.bugs),
      checks_(settings_, time_, origin_, redis_, processes_,
              [this](const std::string& text) { trace(text); }),
      world_{
          settings_, time_,      luck_,    {nanoseconds{20'000}, nanoseconds{300'000}},     origin_,
          checks_,   processes_, writing_, [this](const std::string& text) { trace(text); }} {
    redis_.server().watch([this](const model_event& e) { checks_.on_event(e); });
    redis_.after_receive = [this] { checks_.on_received(); };
    for (std::size_t i = 0; i < settings_.processes; ++i)
        processes_.push_back(std::make_unique<sim_process>(
            i, settings_, time_, luck_, redis_,
            [this](std::size_t process, std::uint32_t worker, load_id id, const std::string& key) {
                start_load(process, worker, id, key);
            }));
    for (std::size_t i = 0; i < settings_.clients; ++i)
        clients_.push_back(std::make_shared<sim_client>(world_, i));
}

simulation::~simulation() {
    for (const auto& c : clients_) c->disconnect();
}

std::optional<std::string> simulation::run() {
    boot();
    pass(settings_.active);
    for (const auto phase : {&simulation::heal, &simulation::phase_two, &simulation::rest})
        if (!checks_.failure()) (this->*phase)();
    return checks_.failure();
}

void simulation::pass(nanoseconds time) {
    const steady_time end = time_.now() + time;
    while (time_.now() < end && !checks_.failure())
        time_.run_until(std::min(end, time_.now() + milliseconds{20}));
}

void simulation::boot() {
    redis_.server().put_string({0, "plain"}, "plain value");
    for (const auto& p : processes_) p->boot();
    expire_turn();
    pass(milliseconds{300});
    for (std::size_t i = 0; i < clients_.size(); ++i) client_turn(i);
    writer_turn();
    if (settings_.faults) fault_turn();
}

void simulation::client_turn(std::size_t index) {
    if (!working_) return;
    sim_client& c = *clients_[index];
    if (!c.connected() || luck_.one_in(60)) {
        c.connect(luck_.below(settings_.processes));
    } else {
        for (std::size_t n = 1 + luck_.below(3); n > 0; --n) client_command(c);
    }
    const auto pause = luck_.between(milliseconds{5}, milliseconds{120});
    time_.after(pause, [this, index] { client_turn(index); });
}

void simulation::client_command(sim_client& c) {
    const std::string key = any_key();
    switch (luck_.below(20)) {
        case 0:
            return c.ping();
        case 1:
            return c.get_plain();
        case 2:
            return c.get({key, any_key()});
        case 3:
            return luck_.one_in(2) ? c.set(key) : c.edit({"DEL", key});
        case 4:
            return luck_.one_in(4) ? c.edit({"PEXPIRE", key, "200"}) : c.edit({"PTTL", key});
        default:
            return c.get({key});
    }
}

/// Something changes at the origin; then the entry is invalidated, by whoever.
void simulation::writer_turn() {
    if (!working_) return;
    const std::string key = any_key();
    sim_client& c = *clients_[luck_.below(clients_.size())];
    const bool free = writing_.count(key) == 0;
    if (free) {
        const bool absent = luck_.one_in(8);
        const std::size_t version = origin_.bump(key, time_.now(), absent);
        trace("origin: " + key + " is at " + std::to_string(version) + (absent ? ", absent" : ""));
        if (luck_.one_in(2)) {
            redis_.server().evict({0, "cache:" + key});
        } else if (c.connected()) {
            c.edit({luck_.one_in(2) ? "DEL" : "UNLINK", key});
        }
    }
    const auto pause = luck_.between(milliseconds{10}, milliseconds{700});
    time_.after(pause, [this] { writer_turn(); });
}

void simulation::expire_turn() {
    redis_.server().expire_cycle();
    time_.after(milliseconds{100}, [this] { expire_turn(); });
}

void simulation::start_load(std::size_t process, std::uint32_t worker, load_id id,
                            const std::string& key) {
    sim_load& l = origin_.begin({0,
                                 process,
                                 processes_[process]->incarnation(),
                                 worker,
                                 id,
                                 key,
                                 time_.now(),
                                 {},
                                 true,
                                 {}});
    trace("load " + std::to_string(l.number) + " of " + key + " by process " +
          std::to_string(process));
    checks_.on_load(l);
    const std::size_t number = l.number;
    const nanoseconds most = working_ ? settings_.load_most : milliseconds{20};
    const auto before = luck_.between(nanoseconds{0}, most / 2);
    const auto after = luck_.between(nanoseconds{0}, most / 2);
    const bool fails = working_ && settings_.origin_fails && luck_.one_in(3);
    time_.after(before, [this, number, after, fails] {
        const sim_load& running = origin_.load(number);
        const std::size_t version = origin_.current(running.key);
        load_result result;
        if (fails) {
            result = {luck_.one_in(2) ? load_outcome::error : load_outcome::timeout, {}, "broken"};
        } else if (origin_.at(running.key, version).absent) {
            result.outcome = load_outcome::absent;
        } else {
            const sim_value v{running.key, version, number};
            result = {load_outcome::ok, shared_bytes{v.text()}, {}};
        }
        time_.after(after, [this, number, result] { end_load(number, result); });
    });
}

/// The origin has answered; a process that is held hears of it later.
void simulation::end_load(std::size_t number, load_result result) {
    sim_load& l = origin_.load(number);
    l.running = false;
    l.ended = time_.now();
    sim_process& p = *processes_[l.process];
    if (!p.alive() || p.incarnation() != l.incarnation) return;
    trace("load " + std::to_string(number) + " has ended: " + std::string{result.value.view()});
    p.later(nanoseconds{0}, [&p, worker = l.worker, flight = l.flight, result] {
        p.end_load(worker, flight, result);
    });
}

void simulation::heal() {
    working_ = false;
    net_ = settings_.net;
    for (const auto& p : processes_)
        if (!p->alive()) p->boot();
    // A subscriber notices a silent loss after ten seconds, and connects again within two.
    const nanoseconds time = seconds{cut_silently_ ? 16 : settings_.faults ? 6 : 2};
    const nanoseconds all = time + settings_.load_most;
    checks_.heal_at(time_.now() + all);
    trace("healing");
    pass(all);
}

void simulation::phase_two() {
    for (const auto& c : clients_) c->disconnect();
    std::vector<std::shared_ptr<sim_client>> readers;
    for (std::size_t i = 0; i < settings_.processes; ++i) {
        readers.push_back(std::make_shared<sim_client>(world_, 100 + i));
        readers.back()->connect(i);
        readers.back()->strict = true;
    }
    clients_.insert(clients_.end(), readers.begin(), readers.end());
    const auto read_all = [&] {
        for (std::size_t i = 0; i < settings_.keys; ++i)
            for (const auto& r : readers) r->get({key_name(i)});
        pass(seconds{1});
    };
    // After Redis's clock went back, leases and back-offs last as much longer.
    if (!settings_.clock_jumps) read_all();
    for (std::size_t i = 0; i < settings_.keys; ++i) {
        const std::string key = key_name(i);
        origin_.bump(key, time_.now(), false);
        readers[luck_.below(readers.size())]->edit({"DEL", key});
    }
    pass(std::max<nanoseconds>(seconds{1}, settings_.max_age));
    read_all();
    read_all();
}

void simulation::rest() {
    trace("rest");
    for (const auto& c : clients_) c->disconnect();
    for (const auto& p : processes_) p->stop_beats();
    pass(seconds{5});
    if (!checks_.failure()) checks_.at_rest();
}

void simulation::trace(const std::string& text) {
    if (!settings_.trace) return;
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(
        time_.now().time_since_epoch() - seconds{1000});
    events_.push_back(std::to_string(us.count()) + " us  " + text);
    if (events_.size() > events_kept) events_.pop_front();
}

std::size_t simulation::commands_answered() const {
    std::size_t sum = 0;
    for (const auto& c : clients_) sum += c->answered();
    return sum;
}

}  // namespace herdgate::sim
