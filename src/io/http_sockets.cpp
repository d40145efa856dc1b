// SPDX-License-Identifier: Apache-2.0
#include "http_sockets.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace herdgate {

namespace asio = boost::asio;

/// One descriptor that curl wants to hear of. Pending waits share it, so that it outlives its place
/// in the map.
struct http_sockets::watch {
    watch(asio::io_context& io, curl_socket_t socket, http_sockets* owner_sockets)
        : descriptor(io), fd(socket), owner(owner_sockets) {}

    bool& waiting_for(int event) { return event == CURL_CSELECT_IN ? waiting_in : waiting_out; }

    asio::posix::stream_descriptor descriptor;
    curl_socket_t fd;
    http_sockets* owner;      ///< null once given up
    int wanted = 0;           ///< CURL_CSELECT_IN | CURL_CSELECT_OUT
    bool waiting_in = false;  ///< a wait is pending: no second one is started
    bool waiting_out = false;
};

http_sockets::http_sockets(asio::io_context& io, std::function<void(curl_socket_t, int)> ready)
    : io_(io), ready_(std::move(ready)) {}

http_sockets::~http_sockets() {
    while (!watches_.empty()) forget(watches_.begin()->first);
}

void http_sockets::drive(CURLM* multi) {
    multi_ = multi;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &http_sockets::on_interest);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
}

void http_sockets::adopt(CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &http_sockets::on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

curl_socket_t http_sockets::open(const curl_sockaddr& address) {
    return ::socket(address.family, address.socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address.protocol);
}

int http_sockets::on_interest(CURL*, curl_socket_t fd, int what, void* self, void* known) {
    auto& sockets = *static_cast<http_sockets*>(self);
    if (what == CURL_POLL_REMOVE) {
        sockets.forget(fd);
        return 0;
    }
    // curl's own note on the socket tells a new socket from a known one; the number alone does not.
    std::shared_ptr<watch> w;
    const auto found = sockets.watches_.find(fd);
    if (known != nullptr && found != sockets.watches_.end()) {
        w = found->second;
    } else {
        w = sockets.add(fd);
    }
    if (w == nullptr) return 0;  // cannot be watched: the load ends by its time-out
    w->wanted = ((what & CURL_POLL_IN) != 0 ? CURL_CSELECT_IN : 0) |
                ((what & CURL_POLL_OUT) != 0 ? CURL_CSELECT_OUT : 0);
    sockets.await(w);
    return 0;
}

int http_sockets::on_close(void* self, curl_socket_t fd) {
    static_cast<http_sockets*>(self)->forget(fd);
    return ::close(fd);
}

std::shared_ptr<http_sockets::watch> http_sockets::add(curl_socket_t fd) {
    forget(fd);
    auto w = std::make_shared<watch>(io_, fd, this);
    boost::system::error_code error;
    w->descriptor.assign(fd, error);
    if (error) return nullptr;
    watches_[fd] = w;
    curl_multi_assign(multi_, fd, w.get());
    return w;
}

void http_sockets::forget(curl_socket_t fd) {
    const auto found = watches_.find(fd);
    if (found == watches_.end()) return;
    watch& w = *found->second;
    w.owner = nullptr;
    w.wanted = 0;
    if (w.descriptor.is_open()) w.descriptor.release();
    watches_.erase(found);
}

void http_sockets::await(const std::shared_ptr<watch>& w) {
    await(w, CURL_CSELECT_IN);
    await(w, CURL_CSELECT_OUT);
}

void http_sockets::await(const std::shared_ptr<watch>& w, int event) {
    if ((w->wanted & event) == 0 || w->waiting_for(event)) return;
    w->waiting_for(event) = true;
    const auto kind = event == CURL_CSELECT_IN ? asio::posix::stream_descriptor::wait_read
                                               : asio::posix::stream_descriptor::wait_write;
    w->descriptor.async_wait(kind, [w, event](const boost::system::error_code& error) {
        w->waiting_for(event) = false;
        if (w->owner == nullptr || (w->wanted & event) == 0) return;
        w->owner->ready_(w->fd, error ? CURL_CSELECT_ERR : event);
        // curl may have given the descriptor up, and may have gone altogether.
        if (w->owner != nullptr && !error) w->owner->await(w);
    });
}

}  // namespace herdgate
