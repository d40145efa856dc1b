// SPDX-License-Identifier: Apache-2.0
#include "origin_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <stdexcept>

namespace herdgate::test {

namespace asio = boost::asio;

origin_process::origin_process(std::vector<std::string> options, std::uint16_t port) {
    std::vector<std::string> words{"/usr/bin/python3", HERDGATE_TESTS "/support/origin.py",
                                   std::to_string(port), "--until-eof"};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    std::array<int, 2> in{};
    std::array<int, 2> out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe");
    }
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    const int error = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    stdin_ = in[1];
    if (error != 0) throw std::runtime_error("cannot start the origin");

    std::string line;
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    ::close(out[0]);
    const std::size_t colon = line.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error("the origin did not start");
    port_ = static_cast<std::uint16_t>(std::stoi(line.substr(colon + 1)));
}

origin_process::~origin_process() {
    ::close(stdin_);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

std::string origin_process::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::string origin_process::ask(const std::string& method, const std::string& target) const {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), port_});
    const std::string request = method + " " + target + " HTTP/1.1\r\nConnection: close\r\n\r\n";
    asio::write(socket, asio::buffer(request));
    std::string answer;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(answer), end);
    return answer;
}

void origin_process::set(const std::string& options) const {
    if (ask("POST", "/-/set?" + options).find("HTTP/1.1 204") != 0) {
        throw std::runtime_error("the origin does not know " + options);
    }
}

void origin_process::reset() const {
    ask("POST", "/-/reset");
}

long origin_process::stat(const std::string& name) const {
    const std::string stats = ask("GET", "/-/stats");
    const std::string field = "\"" + name + "\": ";
    const std::size_t at = stats.find(field);
    if (at == std::string::npos) throw std::runtime_error("the origin does not count " + name);
    return std::stol(stats.substr(at + field.size()));
}

}  // namespace herdgate::test
