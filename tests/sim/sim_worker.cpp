// SPDX-License-Identifier: Apache-2.0
#include "sim_worker.hpp"

#include "herdgate/core/cache/memory_store.hpp"

namespace herdgate::sim {
namespace {

redis_store_settings store_settings(const process_state& process, std::size_t number) {
    const config& c = process.configuration;
    redis_store_settings s;
    s.prefix = c.store.prefix;
    s.owner = "sim:" + std::to_string(number);
    s.timeout = c.upstream->timeouts.store;
    s.tracking = c.near_cache.tracking;
    return s;
}

link_settings settings_of(const process_state& process, bool subscriber) {
    link_settings s;
    s.client_name = "herdgate";
    s.connect_timeout = process.configuration.upstream->timeouts.connect;
    s.subscriber = subscriber;
    return s;
}

}  // namespace

sim_worker::sim_worker(worker_host& host, process_state& process, redis_host& redis,
                       std::uint32_t index, std::uint64_t seed)
    : host_(host),
      index_(index),
      metrics_(*process.metrics[index]),
      core_(process, index, *this, *this, seed),
      store_(store_settings(process, host.number()), *this, core_.flights_sink(),
             core_.edits_sink()),
      relay_(process.configuration.upstream->timeouts.command, 0),
      data_(host, redis, settings_of(process, false), store_.data_user(), seed + 1,
            [this] { after_event(); }),
      unasked_(host, redis, settings_of(process, true), store_.unasked_user(), seed + 2,
               [this] { after_event(); }),
      relay_link_(host, redis, settings_of(process, false), relay_.user(resp::protocol::resp2),
                  seed + 3, [this] { after_event(); }) {
    store_.use(data_.core(), unasked_.core());
    relay_.use(resp::protocol::resp2, relay_link_.core(), [this] { relay_link_.start(); });
    core_.use(store_, store_, relay_);
}

sim_worker::~sim_worker() = default;

void sim_worker::start() {
    data_.start();
    unasked_.start();
    after_event();
}

void sim_worker::after_event() {
    for (session* client : core_.take_touched()) client->link().send();
    data_.flush();
    unasked_.flush();
    relay_link_.flush();
    set_timer();
}

void sim_worker::tick() {
    store_.tick(host_.now());
    data_.flush();
}

void sim_worker::cut_off(bool lose_what_was_sent) {
    data_.close(lose_what_was_sent);
    unasked_.close(lose_what_was_sent);
    relay_link_.close(lose_what_was_sent);
}

void sim_worker::release_leases() {
    core_.release_leases(host_.now());
    after_event();
}

void sim_worker::set_timer() {
    const auto next = core_.next_deadline();
    if (!next || (timer_ && *timer_ <= *next)) return;
    timer_ = next;
    host_.later(*next - host_.now().steady, [this] {
        timer_.reset();
        core_.on_deadline(host_.now());
        after_event();
    });
}

void sim_worker::start(load_id id, load_call call) {
    host_.load_started(index_, id, std::get<command_call>(call).input);
}

void sim_worker::post(std::uint32_t worker, engine_message m) {
    host_.send(index_, worker, std::move(m));
}

void sim_worker::on_store_away(bool away, std::string_view, const instant& now) {
    core_.set_away(away);
    away_ = away;
    last_away_ = now.steady;
}

void sim_worker::on_coherent(bool coherent, const instant& now) {
    core_.set_coherent(coherent);
    coherent_ = coherent;
    coherent_since_ = metrics_.flights.read() == 0 ? steady_time{} : now.steady;
}

void sim_worker::on_entry_changed(std::string_view key, const instant& now) {
    core_.entry_changed(key, now);
}

void sim_worker::on_all_changed(const instant& now) {
    core_.all_changed(now);
}

void sim_worker::on_clock(nanoseconds offset) {
    if (index_ == 0) host_.set_offset(offset);
}

}  // namespace herdgate::sim
