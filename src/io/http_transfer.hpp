// SPDX-License-Identifier: Apache-2.0
//
// http_transfer: one HTTP exchange: a libcurl easy handle set up for one request of a load, headers
// and body as they come in, and the result.
//
// What it locks down: http and https only; certificates verified, TLS 1.2 or newer; no redirects,
// proxies from the environment, .netrc, cookies or signals; the path is sent as rendered; each
// address is judged before it is connected to, and again before a request goes out on a connection
// that another route may have opened; the body is counted after decompression.
//
// Owns its easy handle. Does not drive it (http_loader does) and knows no clock.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/fill/loader.hpp"
#include "herdgate/core/http/answer_headers.hpp"
#include "herdgate/io/address_policy.hpp"
#include "herdgate/io/http_verdict.hpp"

namespace herdgate {

class http_sockets;

class http_transfer {
  public:
    /// `sockets` outlives every connection that this transfer opens; `call` and its spec outlive
    /// the transfer. `left`: of the load's time-out. `trace`: a traceparent header, sent unless the
    /// call has one.
    http_transfer(const http_call& call, http_sockets& sockets, milliseconds left,
                  const std::string& trace);

    http_transfer(const http_transfer&) = delete;
    http_transfer& operator=(const http_transfer&) = delete;

    /// Why the exchange cannot be started; empty if it can.
    const std::string& problem() const { return problem_; }

    CURL* handle() const { return easy_.get(); }

    struct end {
        load_result result;
        bool may_retry = false;  ///< as far as the ending goes
    };

    /// The result, once curl is done with the handle. Takes the body. `now`: seconds since the Unix
    /// epoch.
    end finish(CURLcode code, std::int64_t now);

  private:
    struct easy_deleter {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    };
    struct list_deleter {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };

    template <class Value>
    void set(CURLoption option, Value value);

    void check_call();
    void set_up(http_sockets& sockets, milliseconds left);
    void set_request();
    void set_headers(const std::string& trace);
    void set_conditions();
    bool has_header(std::string_view name) const;
    void set_lockdown(milliseconds left);
    void set_tls();
    void set_callbacks(http_sockets& sockets);
    void add_header(const std::string& line);
    bool keep(const char* data, std::size_t size);
    bool admits(const ip_address& address);
    http_ending ending(CURLcode code);
    void take_value(load_result& result);
    void take_terms(load_result& result, std::int64_t now) const;

    static std::size_t on_header(char* data, std::size_t one, std::size_t size, void* self);
    static std::size_t on_body(char* data, std::size_t one, std::size_t size, void* self);
    static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int on_request(void* self, char* remote, char* local, int remote_port, int local_port);

    const http_call& call_;
    std::unique_ptr<CURL, easy_deleter> easy_;
    std::unique_ptr<curl_slist, list_deleter> headers_;
    address_policy policy_;
    std::string problem_;
    answer_headers answer_;
    std::string body_;
    bool conditional_ = false;  ///< the request says which version is known
    std::size_t received_ = 0;  ///< bytes of the body so far, decompressed
    bool asked_ = false;        ///< the request has been sent, or nearly
    bool asked_twice_ = false;  ///< curl was kept from sending it again
    bool too_large_ = false;
    bool head_too_large_ = false;
    bool discarded_ = false;
    std::string refused_address_;
};

/// Once per process, before the first handle. Also sets SIGPIPE to be ignored: OpenSSL writes to
/// sockets without asking the kernel not to raise it, and CURLOPT_NOSIGNAL keeps curl from doing so
/// for it.
void prepare_curl();

}  // namespace herdgate
