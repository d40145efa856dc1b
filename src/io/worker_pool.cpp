// SPDX-License-Identifier: Apache-2.0
#include "worker_pool.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "herdgate/io/command_verdict.hpp"

namespace herdgate {
namespace {

constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{10'000};
constexpr std::size_t doublings_max = 7;

}  // namespace

worker_pool::worker_pool(command_loader& loader, const command_load& terms)
    : loader_(&loader), terms_(terms), timer_(loader.io_), random_(std::random_device{}()) {}

void worker_pool::ask(load_id id, command_call call) {
    if (argv_.empty()) {
        argv_ = std::move(call.argv);
        env_ = std::move(call.env);
        program_ = program_name(argv_.front());
    }
    waiting_.push_back({id, std::move(call.input), clock::now() + terms_.timeout});
    proceed();
}

/// Does all that can be done now.
void worker_pool::proceed() {
    if (loader_ == nullptr) return;
    expire();
    hand_out();
    set_timer();
}

void worker_pool::expire() {
    const auto now = clock::now();
    const std::string within = " within " + std::to_string(terms_.timeout.count()) + " ms";
    while (!waiting_.empty() && waiting_.front().deadline <= now) {
        std::string reason = "no process of '" + program_ + "' was free" + within;
        if (!last_failure_.empty()) reason += "; the last failure: " + last_failure_;
        loader_->reporter_.report(waiting_.front().id, load_outcome::timeout, std::move(reason));
        waiting_.pop_front();
    }
    for (slot& s : slots_) {
        if (!s.process->busy() || s.asked.deadline > now) continue;
        loader_->reporter_.report(s.asked.id, load_outcome::timeout, "not finished" + within);
        s.asked = {};
        s.process->retire();
        ++to_replace_;
        failed("not finished" + within);
    }
}

void worker_pool::hand_out() {
    const auto idle = [](const slot& s) { return s.process->idle(); };
    while (!waiting_.empty()) {
        const auto found = std::find_if(slots_.begin(), slots_.end(), idle);
        if (found == slots_.end()) {
            if (!start_one()) return;
            continue;
        }
        if (const auto error = found->process->ask(waiting_.front().key)) {
            found->process->retire();
            ++to_replace_;
            failed("does not read its standard input: " + error.message());
            continue;
        }
        found->asked = std::move(waiting_.front());
        waiting_.pop_front();
    }
}

/// False if no more may be started now, or it cannot be.
bool worker_pool::start_one() {
    const auto live = std::count_if(slots_.begin(), slots_.end(),
                                    [](const slot& s) { return !s.process->is_gone(); });
    if (static_cast<std::size_t>(live) >= terms_.processes || clock::now() < start_after_)
        return false;
    spawn_request how{argv_, env_, nullptr, static_cast<bool>(loader_->on_stderr_)};
    how.want_stdin = true;
    auto child = spawn(how);
    boost::system::error_code error;
    if (child) {
        worker_process_owner& owner = *this;
        auto made =
            std::make_shared<worker_process>(loader_->io_, loader_->scratch_, owner, terms_);
        error = made->begin(*std::move(child));
        if (!error) slots_.push_back({std::move(made), {}});
    } else {
        error = child.error();
    }
    if (error) {
        failed("cannot start '" + program_ + "': " + error.message());
        for (const request& r : std::exchange(waiting_, {}))
            loader_->reporter_.report(r.id, load_outcome::error, last_failure_);
        return false;
    }
    const bool again = to_replace_ > 0;
    if (again) --to_replace_;
    if (loader_->on_process_) loader_->on_process_(terms_, 1, again);
    return true;
}

void worker_pool::failed(std::string reason) {
    last_failure_ = std::move(reason);
    const milliseconds pause = std::min(
        first_pause * (std::int64_t{1} << std::min(failures_, doublings_max)), longest_pause);
    ++failures_;
    const double share = 1 - random_.unit() / 4;
    start_after_ = clock::now() + std::chrono::duration_cast<clock::duration>(pause * share);
}

/// One timer: for the next time-out, or the next start that somebody waits for.
void worker_pool::set_timer() {
    auto next = clock::time_point::max();
    if (!waiting_.empty()) next = waiting_.front().deadline;
    if (!waiting_.empty() && start_after_ > clock::now()) next = std::min(next, start_after_);
    for (const slot& s : slots_)
        if (s.process->busy()) next = std::min(next, s.asked.deadline);
    if (next == clock::time_point::max()) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(next);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) self->proceed();
    });
}

worker_pool::slot& worker_pool::slot_of(const worker_process& p) {
    return *std::find_if(slots_.begin(), slots_.end(),
                         [&](const slot& s) { return s.process.get() == &p; });
}

void worker_pool::answered(worker_process& p, load_result result) {
    failures_ = 0;
    last_failure_.clear();
    start_after_ = {};
    loader_->reporter_.report(slot_of(p).asked.id, std::move(result));
    slot_of(p).asked = {};
    proceed();
}

void worker_pool::gone(worker_process& p, std::string reason) {
    const load_id id = std::exchange(slot_of(p).asked, {}).id;
    if (id != 0)
        loader_->reporter_.report(id, load_outcome::error, "'" + program_ + "': " + reason);
    ++to_replace_;
    failed(std::move(reason));
    proceed();
}

void worker_pool::reaped(worker_process& p) {
    std::erase_if(slots_, [&](const slot& s) { return s.process.get() == &p; });
    if (loader_->on_process_) loader_->on_process_(terms_, -1, false);
    proceed();
}

void worker_pool::complained(std::string_view line) {
    loader_->on_stderr_(0, printable_reason(std::string{line}));
}

void worker_pool::close() {
    loader_ = nullptr;
    timer_.cancel();
    for (const slot& s : slots_) s.process->close();
}

void worker_pool::farewell(clock::time_point term, clock::time_point kill) {
    for (const slot& s : slots_) s.process->farewell(term, kill);
    slots_.clear();
}

}  // namespace herdgate
