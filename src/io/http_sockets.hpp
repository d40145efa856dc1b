// SPDX-License-Identifier: Apache-2.0
//
// http_sockets: libcurl's descriptors, watched by Asio.
//
// libcurl owns every descriptor; Asio only watches. A watch is made when curl asks for it and is
// given up
// (`release()`, which leaves the descriptor open) when curl says POLL_REMOVE or closes the
// descriptor, whichever comes first: curl does not always say POLL_REMOVE before it closes, and the
// number may be another connection's a moment later.
//
//     curl: socket, what  ──►  on_interest ──►  watch (shared: by the map and by its pending waits)
//     Asio: ready         ──►  ready(fd, events), from the event loop, never from inside curl
//
// Holds no transfers and knows no time. Single-threaded.
#pragma once

#include <curl/curl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <memory>
#include <unordered_map>

namespace herdgate {

class http_sockets {
  public:
    /// `ready(fd, CURL_CSELECT_*)` is called from the event loop as long as this object lives.
    http_sockets(boost::asio::io_context& io, std::function<void(curl_socket_t, int)> ready);
    ~http_sockets();

    http_sockets(const http_sockets&) = delete;
    http_sockets& operator=(const http_sockets&) = delete;

    /// Makes curl ask this object about the descriptors of `multi`.
    void drive(CURLM* multi);

    /// Makes curl close the descriptors of connections that `easy` opens by way of this object. The
    /// connection may outlive the transfer: this object must outlive the multi handle.
    void adopt(CURL* easy);

    /// A socket for `address`, not yet connected, or CURL_SOCKET_BAD.
    static curl_socket_t open(const curl_sockaddr& address);

    std::size_t watched() const { return watches_.size(); }

  private:
    struct watch;

    static int on_interest(CURL* easy, curl_socket_t fd, int what, void* self, void* known);
    static int on_close(void* self, curl_socket_t fd);

    std::shared_ptr<watch> add(curl_socket_t fd);
    void forget(curl_socket_t fd);
    void await(const std::shared_ptr<watch>& w);
    void await(const std::shared_ptr<watch>& w, int event);

    boost::asio::io_context& io_;
    std::function<void(curl_socket_t, int)> ready_;
    CURLM* multi_ = nullptr;
    std::unordered_map<curl_socket_t, std::shared_ptr<watch>> watches_;
};

}  // namespace herdgate
