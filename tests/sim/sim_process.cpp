// SPDX-License-Identifier: Apache-2.0
#include "sim_process.hpp"

#include <algorithm>

#include "herdgate/core/cache/memory_store.hpp"

namespace herdgate::sim {

sim_process::sim_process(std::size_t number, const settings& s, scheduler& time, chance& luck,
                         redis_host& redis, load_hook on_load)
    : number_(number),
      settings_(s),
      time_(time),
      luck_(luck),
      redis_(redis),
      on_load_(std::move(on_load)),
      config_(s.make_config()),
      skew_(luck.between(seconds{0}, seconds{100000})) {}

sim_process::~sim_process() {
    if (alive()) kill(true);
}

void sim_process::boot() {
    ++incarnation_;
    life_ = std::make_shared<int>(0);
    held_until_ = {};
    // The host's own clock, until Redis has told its own.
    offset_ = nanoseconds{redis_.clock() * 1000} - now().steady.time_since_epoch() +
              luck_.between(-milliseconds{300}, milliseconds{300});
    state_ = std::make_unique<process_state>(config_, luck_.next());
    state_->process_id = static_cast<int>(number_ + 1);
    for (std::size_t i = 0; i < settings_.workers; ++i) {
        state_->metrics.push_back(std::make_unique<worker_metrics>(config_.routes.size()));
        state_->links.push_back(std::make_unique<store_link>());
    }
    for (std::uint32_t i = 0; i < settings_.workers; ++i)
        workers_.push_back(std::make_unique<sim_worker>(*this, *state_, redis_, i, luck_.next()));
    for (const auto& w : workers_) {
        w->start();
        beat(w->index());
    }
}

void sim_process::beat(std::uint32_t worker) {
    later(seconds{1}, [this, worker] {
        if (!beats_) return;
        workers_[worker]->tick();
        if (worker == 0) state_->entries->expire_some(now().store, 2000);
        beat(worker);
    });
}

void sim_process::kill(bool lose_what_was_sent) {
    life_.reset();
    sessions_.clear();
    for (const auto& w : workers_) w->cut_off(lose_what_was_sent);
    mail_.clear();
    workers_.clear();
    state_.reset();
}

void sim_process::hold(nanoseconds time) {
    const steady_time before = std::max(held_until_, time_.now());
    held_until_ = std::max(before, time_.now() + time);
    held_ += held_until_ - before;
}

void sim_process::release_leases() {
    for (const auto& w : workers_) w->release_leases();
}

instant sim_process::now() const {
    const steady_time steady = time_.now() + skew_;
    const nanoseconds since_1970 = steady.time_since_epoch() + offset_;
    return {steady, redis_time{std::chrono::duration_cast<milliseconds>(since_1970)}};
}

void sim_process::later(nanoseconds delay, std::function<void()> what) {
    const std::weak_ptr<int> life = life_;
    const auto run = [this, life, what = std::move(what)]() mutable {
        if (life.expired()) return;
        if (held_until_ <= time_.now()) return what();
        later(held_until_ - time_.now(), std::move(what));
    };
    time_.after(std::max(delay, nanoseconds{0}), run);
}

void sim_process::send(std::uint32_t from, std::uint32_t to, engine_message m) {
    mail_[{from, to}].push_back(std::move(m));
    later(luck_.between(nanoseconds{0}, milliseconds{1}), [this, from, to] {
        auto& box = mail_[{from, to}];
        engine_message next = std::move(box.front());
        box.pop_front();
        workers_[to]->core().on_message(std::move(next), now());
        workers_[to]->after_event();
    });
}

std::uint64_t sim_process::open_session(std::uint32_t worker,
                                        std::function<void(std::string)> out) {
    const std::uint64_t id = ++last_session_;
    sessions_[id] = std::make_unique<sim_session>(*workers_[worker], id, now(), std::move(out));
    return id;
}

void sim_process::close_session(std::uint64_t id) {
    sessions_.erase(id);
}

void sim_process::client_bytes(std::uint64_t session, std::string_view bytes) {
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return;
    found->second->take(bytes, now());
    found->second->where().after_event();
}

void sim_process::end_load(std::uint32_t worker, load_id id, load_result result) {
    workers_[worker]->core().on_loaded(id, std::move(result), now());
    workers_[worker]->after_event();
}

bool sim_process::away_since(steady_time moment) const {
    return std::any_of(workers_.begin(), workers_.end(), [&](const auto& w) {
        return w->away() || w->last_away() - skew_ >= moment;
    });
}

bool sim_process::coherent_since(steady_time moment) const {
    return std::all_of(workers_.begin(), workers_.end(), [&](const auto& w) {
        for (const sim_link* l : {&std::as_const(*w).data(), &w->unasked()})
            if (!l->open_connection() || l->open_connection()->broken) return false;
        return w->coherent() && w->coherent_since() - skew_ <= moment;
    });
}

}  // namespace herdgate::sim
