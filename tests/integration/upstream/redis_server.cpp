// SPDX-License-Identifier: Apache-2.0
#include "redis_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

extern char** environ;

namespace herdgate::test {
namespace {

pid_t spawn(std::vector<std::string> words, const std::string& directory) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    for (const int stream : {1, 2})
        ::posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? pid : -1;
}

bool listens(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool open =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    ::close(fd);
    return open;
}

}  // namespace

std::uint16_t free_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

bool run_program(const std::vector<std::string>& argv, const std::string& directory) {
    const pid_t pid = spawn(argv, directory);
    int status = -1;
    return pid > 0 && ::waitpid(pid, &status, 0) == pid && status == 0;
}

redis_server::redis_server(words options) : options_(std::move(options)), port_(free_port()) {
    char name[] = "/tmp/herdgate-redis-XXXXXX";
    if (::mkdtemp(name) == nullptr) return;
    directory_ = name;
    start();
}

redis_server::~redis_server() {
    kill();
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

void redis_server::start() {
    words argv{"redis-server", "--port",    std::to_string(port_),
               "--bind",       "127.0.0.1", "--unixsocket",
               socket(),       "--save",    "",
               "--dir",        directory_,  "--logfile",
               "log"};
    argv.insert(argv.end(), options_.begin(), options_.end());
    pid_ = spawn(argv, directory_);
    for (int attempt = 0; pid_ > 0 && attempt < 500; ++attempt) {
        if (listens(socket())) return;
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = -1;
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    kill();
}

void redis_server::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    std::error_code ignored;
    std::filesystem::remove(socket(), ignored);
}

void redis_server::hold() {
    if (pid_ > 0) ::kill(pid_, SIGSTOP);
}

void redis_server::release() {
    if (pid_ > 0) ::kill(pid_, SIGCONT);
}

}  // namespace herdgate::test
