// SPDX-License-Identifier: Apache-2.0
#include "spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

namespace herdgate {

namespace {

using boost::system::error_code;
using boost::system::result;

constexpr int first_free_fd = STDERR_FILENO + 1;

error_code errno_code(int error) {
    return {error, boost::system::generic_category()};
}

/// The same file on a number that is not 0, 1 or 2, even in a process that was started without
/// them: the child's standard descriptors are put there one after the other, and must not overwrite
/// each other.
result<unique_fd> above_standard(unique_fd fd) {
    if (fd.get() >= first_free_fd) return fd;
    unique_fd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, first_free_fd));
    if (!moved) return errno_code(errno);
    return moved;
}

struct pipe_ends {
    unique_fd ours;
    unique_fd theirs;
};

/// Only our end is non-blocking: programs do not expect a standard output that says EAGAIN.
result<pipe_ends> make_pipe(bool we_write = false) {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) return errno_code(errno);
    unique_fd ours(fds[we_write ? 1 : 0]);
    auto theirs = above_standard(unique_fd(fds[we_write ? 0 : 1]));
    if (!theirs) return theirs.error();
    if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) return errno_code(errno);
    return pipe_ends{std::move(ours), *std::move(theirs)};
}

result<unique_fd> make_input(std::string_view content) {
    auto file = above_standard(unique_fd(::memfd_create("herdgate-input", MFD_CLOEXEC)));
    if (!file) return file;
    while (!content.empty()) {
        const ssize_t written = ::write(file->get(), content.data(), content.size());
        if (written < 0) return errno_code(errno);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::lseek(file->get(), 0, SEEK_SET) != 0) return errno_code(errno);
    return file;
}

/// By number: glibc 2.36 declares pidfd_open for C only.
unique_fd open_pidfd(pid_t pid) {
    return unique_fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// What happens in the child between its creation and the program. The first error is kept.
class child_set_up {
  public:
    child_set_up() {
        note(::posix_spawn_file_actions_init(&actions_));
        note(::posix_spawnattr_init(&attributes_));
        note(::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
        note(::posix_spawnattr_setpgroup(&attributes_, 0));
        sigset_t signals;
        ::sigfillset(&signals);
        note(::posix_spawnattr_setsigdefault(&attributes_, &signals));
        ::sigemptyset(&signals);
        note(::posix_spawnattr_setsigmask(&attributes_, &signals));
    }
    ~child_set_up() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    child_set_up(const child_set_up&) = delete;
    child_set_up& operator=(const child_set_up&) = delete;

    /// Gives the child `fd` as `number`, or /dev/null when there is none.
    void standard(int number, const unique_fd& fd) {
        if (fd) {
            note(::posix_spawn_file_actions_adddup2(&actions_, fd.get(), number));
        } else {
            const int mode = number == STDIN_FILENO ? O_RDONLY : O_WRONLY;
            note(::posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", mode, 0));
        }
    }

    result<pid_t> run(const spawn_request& request) {
        note(::posix_spawn_file_actions_addclosefrom_np(&actions_, first_free_fd));
        if (error_ != 0) return errno_code(error_);
        std::vector<char*> argv = pointers(request.argv);
        std::vector<char*> env = pointers(request.env);
        pid_t pid = -1;
        const char* program = argv.front();
        const bool is_path = std::string_view(program).find('/') != std::string_view::npos;
        const auto start = is_path ? &::posix_spawn : &::posix_spawnp;
        const int error = start(&pid, program, &actions_, &attributes_, argv.data(), env.data());
        if (error != 0) return errno_code(error);
        return pid;
    }

  private:
    void note(int error) {
        if (error_ == 0) error_ = error;
    }

    static std::vector<char*> pointers(const std::vector<std::string>& strings) {
        std::vector<char*> out;
        out.reserve(strings.size() + 1);
        for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
        out.push_back(nullptr);
        return out;
    }

    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
    int error_ = 0;
};

}  // namespace

result<spawned> spawn(const spawn_request& request) {
    spawned child;
    child_set_up set_up;

    unique_fd input;
    if (request.input != nullptr) {
        auto made = make_input(*request.input);
        if (!made) return made.error();
        input = *std::move(made);
    } else if (request.want_stdin) {
        auto made = make_pipe(true);
        if (!made) return made.error();
        child.input = std::move(made->ours);
        input = std::move(made->theirs);
    }
    auto output = make_pipe();
    if (!output) return output.error();
    child.output = std::move(output->ours);
    unique_fd errors;
    if (request.want_stderr) {
        auto made = make_pipe();
        if (!made) return made.error();
        child.errors = std::move(made->ours);
        errors = std::move(made->theirs);
    }
    set_up.standard(STDIN_FILENO, input);
    set_up.standard(STDOUT_FILENO, output->theirs);
    set_up.standard(STDERR_FILENO, errors);

    const auto pid = set_up.run(request);
    if (!pid) return pid.error();
    child.pid = *pid;
    child.exit = open_pidfd(child.pid);
    if (!child.exit) {
        const int error = errno;
        ::kill(-child.pid, SIGKILL);
        while (::waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) {
        }
        return errno_code(error);
    }
    return child;
}

}  // namespace herdgate
