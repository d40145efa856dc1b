// SPDX-License-Identifier: Apache-2.0
#include "probe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include "../unique_fd.hpp"

namespace herdgate {
namespace {

using clock = std::chrono::steady_clock;

/// More than any probe's answer; what comes after it is not read.
constexpr std::size_t answer_bytes_max = 64 * kib;

std::string errno_text(int error) {
    return std::generic_category().message(error);
}

struct endpoint {
    sockaddr_storage address{};
    socklen_t size = 0;  ///< 0: not an IP address
};

endpoint endpoint_of(const listen_address& admin) {
    endpoint e;
    auto* v4 = reinterpret_cast<sockaddr_in*>(&e.address);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&e.address);
    const bool loopback = admin.host == "localhost" || admin.host == "0.0.0.0";
    const std::string host = admin.host == "::" ? "::1" : loopback ? "127.0.0.1" : admin.host;
    if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(admin.port);
        e.size = sizeof(*v4);
    } else if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(admin.port);
        e.size = sizeof(*v6);
    }
    return e;
}

/// Waits for `events`; an errno, ETIMEDOUT at the deadline.
int await(int fd, short events, clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - clock::now()).count();
        if (left <= 0) return ETIMEDOUT;
        pollfd waiting{fd, events, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(left));
        if (ready > 0) return 0;
        if (ready == 0) return ETIMEDOUT;
        if (errno != EINTR) return errno;
    }
}

int connect(int fd, const endpoint& to, clock::time_point deadline) {
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to.address), to.size) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    if (const int error = await(fd, POLLOUT, deadline)) return error;
    int error = 0;
    socklen_t size = sizeof(error);
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

int send(int fd, std::string_view bytes, clock::time_point deadline) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EAGAIN && errno != EINTR) {
            return errno;
        } else if (const int error = await(fd, POLLOUT, deadline)) {
            return error;
        }
    }
    return 0;
}

/// Until the server closes, as HTTP/1.0 does at the answer's end.
int receive(int fd, std::string& answer, clock::time_point deadline) {
    char piece[4096];
    while (answer.size() < answer_bytes_max) {
        const ssize_t got = ::recv(fd, piece, sizeof(piece), 0);
        if (got == 0) return 0;
        if (got > 0) {
            answer.append(piece, static_cast<std::size_t>(got));
        } else if (errno != EAGAIN && errno != EINTR) {
            return errno;
        } else if (const int error = await(fd, POLLIN, deadline)) {
            return error;
        }
    }
    return 0;
}

/// "HTTP/1.0 200 OK", headers, an empty line, the body.
probe_answer understood(std::string_view answer) {
    const bool http = answer.substr(0, 7) == "HTTP/1." && answer.size() >= 12;
    probe_answer result;
    for (const char c : http ? answer.substr(9, 3) : std::string_view{})
        result.status = c >= '0' && c <= '9' ? result.status * 10 + (c - '0') : 0;
    if (result.status < 100) return {0, "the answer is not HTTP"};
    const std::size_t head_end = answer.find("\r\n\r\n");
    if (head_end != std::string_view::npos) {
        const std::string_view body = answer.substr(head_end + 4);
        result.text = body.substr(0, body.find('\n'));
    }
    return result;
}

}  // namespace

probe_answer probe(const listen_address& admin, std::string_view path, milliseconds timeout) {
    const auto deadline = clock::now() + timeout;
    const endpoint to = endpoint_of(admin);
    if (to.size == 0) return {0, "not an IP address: " + admin.host};
    const unique_fd fd{
        ::socket(to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd) return {0, errno_text(errno)};
    std::string request = "GET ";
    request.append(path).append(" HTTP/1.0\r\nHost: localhost\r\n\r\n");
    std::string answer;
    int error = connect(fd.get(), to, deadline);
    if (error == 0) error = send(fd.get(), request, deadline);
    if (error == 0) error = receive(fd.get(), answer, deadline);
    if (error != 0) return {0, errno_text(error)};
    return understood(answer);
}

}  // namespace herdgate
