// SPDX-License-Identifier: Apache-2.0
#include "redis_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <vector>

extern char** environ;

namespace herdgate::test {

redis_process::redis_process() {
    char name[] = "/tmp/herdgate-redis-XXXXXX";
    if (::mkdtemp(name) == nullptr) return;
    directory_ = name;
    std::vector<std::string> words{"redis-server", "--port",    "0",  "--unixsocket",
                                   socket(),       "--save",    "",   "--dir",
                                   directory_,     "--logfile", "log"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = -1;
    if (::posix_spawnp(&pid, "redis-server", nullptr, nullptr, argv.data(), environ) != 0) return;
    pid_ = pid;
    for (int attempt = 0; attempt < 500; ++attempt) {
        if (redis_link{socket()}.open()) return;
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    pid_ = -1;
}

redis_process::~redis_process() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

redis_link::redis_link(const std::string& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof(address.sun_path) - 1);
    fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return;
    ::close(fd_);
    fd_ = -1;
}

redis_link::~redis_link() {
    if (fd_ >= 0) ::close(fd_);
}

void redis_link::read_more() {
    char bytes[65536];
    const ssize_t n = ::read(fd_, bytes, sizeof(bytes));
    if (n <= 0) throw std::runtime_error{"redis-server closed the connection"};
    buffer_.append(bytes, static_cast<std::size_t>(n));
}

std::size_t redis_link::line_end(std::size_t from) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n", from)) == std::string::npos) read_more();
    return end + 2;
}

std::size_t redis_link::reply_end(std::size_t from) {
    std::size_t end = line_end(from);
    const char type = buffer_[from];
    const long count = std::atol(buffer_.c_str() + from + 1);
    if ((type == '$' || type == '=') && count >= 0) {
        end += static_cast<std::size_t>(count) + 2;
        while (buffer_.size() < end) read_more();
    } else if (type == '*' || type == '~' || type == '%') {
        for (long left = type == '%' ? 2 * count : count; left > 0; --left) end = reply_end(end);
    }
    return end;
}

void redis_link::append(std::span<const std::string_view> args) {
    unsent_ += "*" + std::to_string(args.size()) + "\r\n";
    for (const std::string_view arg : args) {
        unsent_ += "$" + std::to_string(arg.size()) + "\r\n";
        unsent_.append(arg).append("\r\n");
    }
}

void redis_link::flush() {
    for (std::string_view left = unsent_; !left.empty();) {
        const ssize_t n = ::write(fd_, left.data(), left.size());
        if (n <= 0) throw std::runtime_error{"redis-server does not read"};
        left.remove_prefix(static_cast<std::size_t>(n));
    }
    unsent_.clear();
}

std::string redis_link::reply() {
    if (begin_ == buffer_.size()) {
        buffer_.clear();
        begin_ = 0;
        read_more();
    }
    const std::size_t end = reply_end(begin_);
    std::string result = buffer_.substr(begin_, end - begin_);
    begin_ = end;
    return result;
}

std::string redis_link::command(std::span<const std::string_view> args) {
    append(args);
    flush();
    return reply();
}

}  // namespace herdgate::test
