// SPDX-License-Identifier: Apache-2.0
#include "worker_process.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace herdgate {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::size_t error_line_bytes = 160;
constexpr milliseconds exit_wait{200};   ///< from the end of its output
constexpr milliseconds last_wait{1000};  ///< a killed process that takes longer is left to init

std::string ending(int status) {
    if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
    return "exit status " + std::to_string(WEXITSTATUS(status));
}

/// Waits for a pidfd; false if the process has not ended by then.
bool ends_by(int pidfd, steady_clock::time_point end) {
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now()).count();
        pollfd dead{pidfd, POLLIN, 0};
        const int ready = ::poll(&dead, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready > 0) return true;
        if (ready == 0) return false;
    }
}

}  // namespace

worker_process::worker_process(boost::asio::io_context& io, std::vector<char>& scratch,
                               worker_process_owner& owner, const command_load& terms)
    : owner_(&owner),
      terms_(terms),
      scratch_(scratch),
      exit_(io),
      output_(io),
      errors_(io),
      timer_(io),
      reply_(terms.max_output) {}

error_code worker_process::begin(spawned child) {
    pid_ = child.pid;
    input_ = std::move(child.input);
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
    await(exit_, &worker_process::on_exit);
    await(output_, &worker_process::on_output);
    if (errors_.is_open()) await(errors_, &worker_process::on_errors);
    return {};
}

template <class Handle>
void worker_process::await(descriptor& d, Handle handle) {
    auto ready = [self = shared_from_this(), &d, handle](const error_code& error) {
        if (!error && self->owner_ != nullptr && d.is_open()) (self.get()->*handle)();
    };
    d.async_wait(descriptor::wait_read, std::move(ready));
}

/// A request is shorter than what a pipe takes in one piece: it goes whole or not at all.
error_code worker_process::ask(std::string_view key) {
    const std::string request = worker_request(key);
    const ssize_t sent = ::write(input_.get(), request.data(), request.size());
    if (sent != static_cast<ssize_t>(request.size()))
        return {sent < 0 ? errno : EAGAIN, boost::system::generic_category()};
    busy_ = true;
    error_line_.clear();
    error_line_told_ = false;
    return {};
}

void worker_process::on_output() {
    const long n = read_output();
    if (n == 0) return on_end_of_output();
    if (n > 0) heard({scratch_.data(), static_cast<std::size_t>(n)});
    if (!gone_ && owner_ != nullptr) await(output_, &worker_process::on_output);
}

/// Its exit, which says more, comes at the same time or a little later, if it comes.
void worker_process::on_end_of_output() {
    output_ended_ = true;
    timer_.expires_after(exit_wait);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->owner_ != nullptr) self->lost("closed its standard output");
    });
}

/// Bytes that are in the scratch buffer now; 0 at the end, -1 if there are none yet.
long worker_process::read_output() {
    const ssize_t n = ::read(output_.native_handle(), scratch_.data(), scratch_.size());
    if (n < 0) return errno == EAGAIN || errno == EINTR ? -1 : 0;
    return n;
}

void worker_process::heard(std::string_view bytes) {
    if (!busy_) return lost("printed without being asked");
    switch (reply_.feed(bytes)) {
        case worker_reply_reader::state::more:
            return;
        case worker_reply_reader::state::garbage:
            return lost(reply_.take().reason);
        case worker_reply_reader::state::done:
            busy_ = false;
            return owner_->answered(*this, reply_.take());
    }
}

/// The first line since the last request; the rest is read and dropped.
void worker_process::on_errors() {
    const ssize_t n = ::read(errors_.native_handle(), scratch_.data(), scratch_.size());
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        error_code ignored;
        static_cast<void>(errors_.close(ignored));
        return;
    }
    if (n > 0 && !error_line_told_) {
        const std::string_view text(scratch_.data(), static_cast<std::size_t>(n));
        const std::size_t end = text.find('\n');
        error_line_ += text.substr(0, std::min(end, error_line_bytes - error_line_.size()));
        error_line_told_ = end != std::string_view::npos || error_line_.size() >= error_line_bytes;
        if (error_line_told_) owner_->complained(error_line_);
    }
    await(errors_, &worker_process::on_errors);
}

void worker_process::lost(std::string reason) {
    if (gone_) return;
    retire();
    owner_->gone(*this, std::move(reason));
}

void worker_process::retire() {
    if (std::exchange(gone_, true)) return;
    busy_ = false;
    input_ = {};
    error_code ignored;
    if (output_.is_open()) static_cast<void>(output_.close(ignored));
    signal_group(SIGTERM);
    timer_.expires_after(terms_.kill_after);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->owner_ != nullptr) self->signal_group(SIGKILL);
    });
}

void worker_process::on_exit() {
    siginfo_t info{};
    const int looked = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    if (looked == 0 && info.si_pid != pid_) return await(exit_, &worker_process::on_exit);
    const auto self = shared_from_this();  // the owner drops it
    const int status = reap();
    const bool known = std::exchange(gone_, true);
    // What it has said before its end counts.
    while (!known && busy_ && reply_.now() == worker_reply_reader::state::more) {
        const long n = read_output();
        if (n <= 0) break;
        reply_.feed({scratch_.data(), static_cast<std::size_t>(n)});
    }
    const bool answered = busy_ && reply_.now() == worker_reply_reader::state::done;
    busy_ = false;
    if (answered) owner_->answered(*this, reply_.take());
    if (!known) owner_->gone(*this, ending(status));
    close_all();
    std::exchange(owner_, nullptr)->reaped(*this);
}

/// Before the leader is reaped nobody else can have its number: the group goes first.
int worker_process::reap() {
    signal_group(SIGKILL);
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, WNOHANG);
    return status;
}

void worker_process::signal_group(int signal) const {
    if (pid_ > 0) ::kill(-pid_, signal);
}

void worker_process::close_all() {
    error_code ignored;
    timer_.cancel();
    input_ = {};
    for (descriptor* d : {&exit_, &output_, &errors_})
        if (d->is_open()) static_cast<void>(d->close(ignored));
}

void worker_process::close() {
    owner_ = nullptr;
    input_ = {};
}

void worker_process::farewell(steady_clock::time_point term, steady_clock::time_point kill) {
    if (!ends_by(exit_.native_handle(), term)) {
        signal_group(SIGTERM);
        if (!ends_by(exit_.native_handle(), kill)) {
            signal_group(SIGKILL);
            ends_by(exit_.native_handle(), steady_clock::now() + last_wait);
        }
    }
    reap();
    close_all();
}

}  // namespace herdgate
