// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "log.hpp"
#include "worker.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;

constexpr int backlog = 511;
constexpr int accepts_per_turn = 64;
constexpr milliseconds pause_without_descriptors{100};

struct address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
};

[[noreturn]] void fail(const listen_address& where) {
    throw boost::system::system_error(errno, boost::system::system_category(),
                                      "cannot listen on " + to_string(where));
}

address resolve(const listen_address& where) {
    address result;
    if (!where.unix_path.empty()) {
        auto* un = reinterpret_cast<sockaddr_un*>(&result.storage);
        un->sun_family = AF_UNIX;
        errno = ENAMETOOLONG;
        if (where.unix_path.size() >= sizeof(un->sun_path)) fail(where);
        std::memcpy(un->sun_path, where.unix_path.c_str(), where.unix_path.size() + 1);
        result.size = sizeof(sockaddr_un);
        return result;
    }
    const std::string host = where.host == "localhost" ? "127.0.0.1" : where.host;
    auto* in4 = reinterpret_cast<sockaddr_in*>(&result.storage);
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    if (inet_pton(AF_INET, host.c_str(), &in4->sin_addr) == 1) {
        in4->sin_family = AF_INET;
        in4->sin_port = htons(where.port);
        result.size = sizeof(sockaddr_in);
    } else if (inet_pton(AF_INET6, host.c_str(), &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(where.port);
        result.size = sizeof(sockaddr_in6);
    } else {
        errno = EINVAL;
        fail(where);
    }
    return result;
}

/// A socket left behind by a daemon that is gone may be replaced; one that answers, or a file of
/// another kind, may not.
void remove_stale_socket(const listen_address& where, address& bound) {
    struct stat status {};
    if (::lstat(where.unix_path.c_str(), &status) != 0) return;
    errno = EEXIST;
    if (!S_ISSOCK(status.st_mode)) fail(where);
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool answers = probe >= 0 && ::connect(probe, bound.get(), bound.size) == 0;
    if (probe >= 0) ::close(probe);
    errno = EADDRINUSE;
    if (answers) fail(where);
    ::unlink(where.unix_path.c_str());
}

std::string text_of(const sockaddr_storage& storage) {
    char host[INET6_ADDRSTRLEN] = "";
    if (storage.ss_family == AF_INET) {
        const auto& in4 = reinterpret_cast<const sockaddr_in&>(storage);
        inet_ntop(AF_INET, &in4.sin_addr, host, sizeof(host));
        return std::string{host} + ":" + std::to_string(ntohs(in4.sin_port));
    }
    if (storage.ss_family == AF_INET6) {
        const auto& in6 = reinterpret_cast<const sockaddr_in6&>(storage);
        inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
        return "[" + std::string{host} + "]:" + std::to_string(ntohs(in6.sin6_port));
    }
    const auto& un = reinterpret_cast<const sockaddr_un&>(storage);
    return std::string{un.sun_path} + ":0";
}

bool is_local(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET) {
        const auto& in4 = reinterpret_cast<const sockaddr_in&>(storage);
        return (ntohl(in4.sin_addr.s_addr) >> 24) == 127;
    }
    if (storage.ss_family != AF_INET6) return true;
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(storage);
    if (IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr)) return true;
    return IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) && in6.sin6_addr.s6_addr[12] == 127;
}

}  // namespace

std::string to_string(const listen_address& where) {
    if (!where.unix_path.empty()) return "unix:" + where.unix_path;
    const bool v6 = where.host.find(':') != std::string::npos;
    return (v6 ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

endpoint_names names_of(int descriptor) {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    endpoint_names names;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size) == 0)
        names.own = text_of(storage);
    sockaddr_storage peer{};
    size = sizeof(peer);
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0) {
        names.local = is_local(peer);
        names.remote = peer.ss_family == AF_UNIX ? names.own : text_of(peer);
    }
    return names;
}

bound_socket::bound_socket(const listen_address& where, bool shared) {
    address bound = resolve(where);
    const int family = bound.storage.ss_family;
    descriptor_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) fail(where);
    const int on = 1;
    if (family == AF_UNIX) {
        remove_stale_socket(where, bound);
    } else {
        ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (shared) ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    }
    // The socket file appears with its final mode: nobody else can connect in between.
    const mode_t mask = ::umask(0077);
    const bool ok = ::bind(descriptor_, bound.get(), bound.size) == 0;
    ::umask(mask);
    if (!ok || ::listen(descriptor_, backlog) != 0) fail(where);
    sockaddr_in name{};
    socklen_t size = sizeof(name);
    // The port is at the same place in an IPv4 and an IPv6 address.
    if (family != AF_UNIX &&
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&name), &size) == 0)
        port_ = ntohs(name.sin_port);
}

bound_socket::bound_socket(bound_socket&& other) noexcept
    : descriptor_(other.release()), port_(other.port_) {}

bound_socket::~bound_socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bound_socket bound_socket::duplicate() const {
    return bound_socket{::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0), port_};
}

int bound_socket::release() noexcept {
    return std::exchange(descriptor_, -1);
}

listener::listener(worker& owner, bound_socket socket, std::shared_ptr<server_tls_context> tls)
    : owner_(owner),
      socket_(owner.io(), socket.release()),
      pause_(owner.io()),
      tls_(std::move(tls)) {}

void listener::start() {
    asio::co_spawn(owner_.io(), accept_loop(this), asio::detached);
}

void listener::stop() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    pause_.cancel();
}

asio::awaitable<void> listener::accept_loop(listener* self) {
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (self->socket_.is_open()) {
        co_await self->socket_.async_wait(asio::posix::stream_descriptor::wait_read, token);
        if (error || !self->socket_.is_open()) continue;
        if (self->accept_some()) continue;
        self->pause_.expires_after(pause_without_descriptors);
        co_await self->pause_.async_wait(token);
    }
}

/// Accepts what is waiting. False if the process is out of descriptors (or memory): better wait a
/// little.
bool listener::accept_some() {
    for (int i = 0; i < accepts_per_turn; ++i) {
        const int descriptor =
            ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                log().error("cannot accept: {}", std::strerror(errno));
                return false;
            }
            return true;
        }
        owner_.accepted(descriptor, tls_.get());
    }
    return true;
}

}  // namespace herdgate
