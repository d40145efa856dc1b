// SPDX-License-Identifier: Apache-2.0
#include "command_run.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "herdgate/core/config/config.hpp"

namespace herdgate {

namespace {

using boost::system::error_code;

constexpr std::size_t error_line_bytes = 160;
constexpr int farewell_ms = 1000;  ///< a killed process that takes longer is left to init

}  // namespace

command_loader::run::run(command_loader& owner, load_id id, const command_load& terms)
    : loader_(&owner),
      id_(id),
      terms_(terms),
      exit_(owner.io_),
      output_(owner.io_),
      errors_(owner.io_),
      timer_(owner.io_) {}

error_code command_loader::run::begin(spawned child) {
    pid_ = child.pid;
    const auto take = [](descriptor& d, unique_fd& fd) {
        error_code error;
        if (fd) d.assign(fd.get(), error);
        if (!error) static_cast<void>(fd.release());
        return error;
    };
    error_code error = take(exit_, child.exit);
    if (!error) error = take(output_, child.output);
    if (!error) error = take(errors_, child.errors);
    if (error) {
        signal_group(SIGKILL);
        while (::waitpid(std::exchange(pid_, -1), nullptr, 0) < 0 && errno == EINTR) {
        }
        close_all();
        return error;
    }
    await_exit();
    await_output();
    if (errors_.is_open()) await_errors();
    arm(terms_.timeout);
    return {};
}

void command_loader::run::await_exit() {
    exit_.async_wait(descriptor::wait_read, [self = shared_from_this()](const error_code& error) {
        if (!error && self->loader_ != nullptr) self->on_exit();
    });
}

void command_loader::run::await_output() {
    output_.async_wait(descriptor::wait_read, [self = shared_from_this()](const error_code& error) {
        if (!error && self->loader_ != nullptr && self->output_.is_open()) self->on_output();
    });
}

void command_loader::run::await_errors() {
    errors_.async_wait(descriptor::wait_read, [self = shared_from_this()](const error_code& error) {
        if (!error && self->loader_ != nullptr && self->errors_.is_open()) self->on_errors();
    });
}

void command_loader::run::arm(milliseconds delay) {
    timer_.expires_after(delay);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->loader_ != nullptr) self->on_timer();
    });
}

/// One read per turn of the event loop, so that a program that prints much does not keep others
/// waiting.
void command_loader::run::on_output() {
    switch (read_output()) {
        case read_end::more:
        case read_end::empty:
            await_output();
            break;
        case read_end::closed:
            output_.close();
            break;
        case read_end::too_large:
            kill_and_tell();
            break;
    }
}

void command_loader::run::on_errors() {
    if (read_errors() == read_end::closed) {
        errors_.close();
    } else {
        await_errors();
    }
}

command_loader::run::read_end command_loader::run::read_output() {
    std::vector<char>& buffer = loader_->scratch_;
    const ssize_t n = ::read(output_.native_handle(), buffer.data(), buffer.size());
    if (n == 0) return read_end::closed;
    if (n < 0) return errno == EAGAIN || errno == EINTR ? read_end::empty : read_end::closed;
    const auto size = static_cast<std::size_t>(n);
    if (size > terms_.max_output - value_.size()) {
        ending_.too_large = true;
        return read_end::too_large;
    }
    value_.append(buffer.data(), size);
    return read_end::more;
}

command_loader::run::read_end command_loader::run::read_errors() {
    std::vector<char>& buffer = loader_->scratch_;
    const ssize_t n = ::read(errors_.native_handle(), buffer.data(), buffer.size());
    if (n == 0) return read_end::closed;
    if (n < 0) return errno == EAGAIN || errno == EINTR ? read_end::empty : read_end::closed;
    if (error_line_complete_) return read_end::more;
    const std::string_view text(buffer.data(), static_cast<std::size_t>(n));
    const std::string_view line = text.substr(0, text.find('\n'));
    first_error_line_ += line.substr(0, error_line_bytes - first_error_line_.size());
    error_line_complete_ =
        line.size() < text.size() || first_error_line_.size() == error_line_bytes;
    return read_end::more;
}

/// The first time: a request to end. The second time: the end.
void command_loader::run::on_timer() {
    if (ending_.timed_out) {
        kill_and_tell();
        return;
    }
    ending_.timed_out = true;
    signal_group(SIGTERM);
    arm(terms_.kill_after);
}

/// The load is over; what remains is to reap.
void command_loader::run::kill_and_tell() {
    signal_group(SIGKILL);
    timer_.cancel();
    if (output_.is_open()) output_.close();
    tell();
}

void command_loader::run::on_exit() {
    if (!leader_has_ended()) return await_exit();
    // Before the leader is reaped: until then nobody else can have its number.
    signal_group(SIGKILL);
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) ending_.wait_status = status;
    pid_ = -1;
    drain();
    tell();
    close_all();
    command_loader& owner = *std::exchange(loader_, nullptr);
    owner.runs_.erase(id_);  // handlers still hold this object
}

/// A wake-up may be spurious: an event of a closed descriptor reaches the one that took its place.
bool command_loader::run::leader_has_ended() const {
    siginfo_t info{};
    const int looked = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    return looked != 0 || info.si_pid == pid_;
}

/// What the program left in the pipes. Its group is dead, so this ends; a process that left the
/// group can write on, and is cut off at max_output.
void command_loader::run::drain() {
    if (told_) return;
    while (output_.is_open() && read_output() == read_end::more) {
    }
    if (errors_.is_open()) read_errors();
}

void command_loader::run::tell() {
    if (std::exchange(told_, true)) return;
    command_verdict verdict = judge(ending_, terms_);
    load_result result{verdict.outcome, {}, std::move(verdict.reason)};
    if (result.outcome == load_outcome::ok) result.value = shared_bytes(value_);
    value_ = {};
    if (!first_error_line_.empty()) {
        loader_->on_stderr_(id_, printable_reason(std::move(first_error_line_)));
        first_error_line_.clear();
    }
    loader_->reporter_.report(id_, std::move(result));
}

void command_loader::run::signal_group(int signal) const {
    if (pid_ > 0) ::kill(-pid_, signal);
}

void command_loader::run::close_all() {
    error_code ignored;
    timer_.cancel();
    for (descriptor* d : {&exit_, &output_, &errors_}) {
        if (d->is_open()) static_cast<void>(d->close(ignored));
    }
}

void command_loader::run::abandon() {
    loader_ = nullptr;
    signal_group(SIGKILL);
    pollfd dead{exit_.native_handle(), POLLIN, 0};
    while (::poll(&dead, 1, farewell_ms) < 0 && errno == EINTR) {
    }
    ::waitpid(std::exchange(pid_, -1), nullptr, WNOHANG);
    close_all();
}

}  // namespace herdgate
