// SPDX-License-Identifier: Apache-2.0
#include "http_transfer.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/config/config.hpp"
#include "http_sockets.hpp"

namespace herdgate {

namespace {

/// Bytes of a refused answer that are read and dropped, so that the connection can be used again.
constexpr std::size_t drained_bytes = 64 * 1024;

constexpr long ca_cache_seconds = 300;  ///< a replaced CA file is noticed after this

std::optional<ip_address> to_address(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
        return ip_address::from_v4(bytes);
    }
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        std::array<std::uint8_t, 16> bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return ip_address::from_v6(bytes);
    }
    return std::nullopt;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

}  // namespace

void prepare_curl() {
    static std::once_flag once;
    std::call_once(once, [] {
        HERDGATE_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
        std::signal(SIGPIPE, SIG_IGN);
    });
}

http_transfer::http_transfer(http_call call, http_sockets& sockets) : call_(std::move(call)) {
    check_call();
    if (problem_.empty()) set_up(sockets);
}

milliseconds http_transfer::timeout() const {
    return std::max(call_.spec->timeout, milliseconds{1});  // to curl, 0 means none
}

/// The renderer has encoded all this already. A NUL would cut a string short and a line break would
/// add a header, so the last door before the wire looks again.
void http_transfer::check_call() {
    const auto unfit = [](char c) { return is_control(c) || c == ' '; };
    if (std::any_of(call_.url.begin(), call_.url.end(), unfit))
        problem_ = "URL with a control byte";
    for (const std::string& line : call_.headers) {
        const auto bad = [](char c) { return is_control(c) && c != '\t'; };
        if (std::any_of(line.begin(), line.end(), bad)) problem_ = "header with a control byte";
    }
    std::optional<address_policy> policy = address_policy::parse(call_.spec->allow_addresses);
    if (policy) {
        policy_ = *std::move(policy);
    } else {
        problem_ = "allow_addresses holds what is no network";
    }
}

template <class Value>
void http_transfer::set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (code != CURLE_OK && problem_.empty()) {
        problem_ = std::string("cannot set up the request: ") + curl_easy_strerror(code);
    }
}

void http_transfer::set_up(http_sockets& sockets) {
    easy_.reset(curl_easy_init());
    if (easy_ == nullptr) throw std::bad_alloc();
    set_lockdown();
    set_tls();
    set_callbacks(sockets);
    set_request();
}

void http_transfer::set_lockdown() {
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout().count()));
    // A name server that does not answer must not hold the event loop up when the load is given up:
    // without this, curl waits for its resolver thread.
    set(CURLOPT_QUICK_EXIT, 1L);
}

void http_transfer::set_tls() {
    const client_tls& tls = call_.spec->tls;
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_CA_CACHE_TIMEOUT, ca_cache_seconds);
    if (!tls.ca.empty()) {
        set(CURLOPT_CAINFO, tls.ca.c_str());
        set(CURLOPT_CAPATH,
            static_cast<const char*>(nullptr));  // else the system's authorities stay trusted
    }
    if (!tls.cert.empty()) set(CURLOPT_SSLCERT, tls.cert.c_str());
    if (!tls.key.empty()) set(CURLOPT_SSLKEY, tls.key.c_str());
}

void http_transfer::set_callbacks(http_sockets& sockets) {
    set(CURLOPT_WRITEFUNCTION, &http_transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_OPENSOCKETFUNCTION, &http_transfer::on_open);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_PREREQFUNCTION, &http_transfer::on_request);
    set(CURLOPT_PREREQDATA, this);
    sockets.adopt(easy_.get());
}

void http_transfer::set_request() {
    set(CURLOPT_URL, call_.url.c_str());
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_USERAGENT, "herdgate/" HERDGATE_VERSION);
    set(CURLOPT_ACCEPT_ENCODING, "");
    const std::string& method = call_.spec->method;
    if (method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else if (method == "POST") {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE, 0L);
        set(CURLOPT_POSTFIELDS, "");
        add_header(
            "Content-Type:");  // curl's syntax for: none. The route's own comes after and wins
    } else if (method != "GET") {
        set(CURLOPT_CUSTOMREQUEST, method.c_str());
    }
    for (const std::string& line : call_.headers) {
        // curl takes "Name:" as "remove this header"; a header with an empty value is written
        // "Name;".
        const std::size_t last = line.find_last_not_of(" \t");
        const bool empty_value = last != std::string::npos && line[last] == ':';
        add_header(empty_value ? line.substr(0, last) + ';' : line);
    }
    set(CURLOPT_HTTPHEADER, headers_.get());
}

void http_transfer::add_header(const std::string& line) {
    curl_slist* extended = curl_slist_append(headers_.get(), line.c_str());
    if (extended == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(extended);
}

/// Returns whether to go on.
bool http_transfer::keep(const char* data, std::size_t size) {
    received_ += size;
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (!carries_value(status, call_.spec->absent)) {
        discarded_ = received_ > drained_bytes;
        return !discarded_;
    }
    too_large_ = received_ > call_.spec->max_body;
    if (too_large_) return false;
    body_.append(data, size);
    return true;
}

std::size_t http_transfer::on_body(char* data, std::size_t, std::size_t size, void* self) {
    try {
        return static_cast<http_transfer*>(self)->keep(data, size) ? size : CURL_WRITEFUNC_ERROR;
    } catch (const std::bad_alloc&) {
        return CURL_WRITEFUNC_ERROR;
    }
}

bool http_transfer::admits(const ip_address& address) {
    if (!policy_.refuses(address)) return true;
    refused_address_ = address.to_string();
    return false;
}

curl_socket_t http_transfer::on_open(void* self, curlsocktype, curl_sockaddr* address) {
    const std::optional<ip_address> target = to_address(address->addr);
    if (!target || !static_cast<http_transfer*>(self)->admits(*target)) return CURL_SOCKET_BAD;
    return http_sockets::open(*address);
}

/// Before each request on the wire. A second one is curl asking again, by itself, because a kept
/// connection was closed without an answer; the origin may well have counted the first, and one
/// load is one call.
int http_transfer::on_request(void* self, char* remote, char*, int, int) {
    auto& transfer = *static_cast<http_transfer*>(self);
    if (std::exchange(transfer.asked_, true)) {
        transfer.asked_twice_ = true;
        return CURL_PREREQFUNC_ABORT;
    }
    const std::optional<ip_address> target = ip_address::parse(remote);
    return target && transfer.admits(*target) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

load_result http_transfer::finish(CURLcode code) {
    http_ending ending;
    ending.curl_code = asked_twice_ ? CURLE_GOT_NOTHING : code;
    ending.too_large = too_large_;
    ending.discarded = discarded_;
    ending.refused_address = std::move(refused_address_);
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &ending.status);
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &ending.os_error);
    curl_easy_getinfo(easy_.get(), CURLINFO_SSL_VERIFYRESULT, &ending.verify_result);
    http_verdict verdict = judge(ending, {call_.spec->absent, call_.spec->max_body, timeout()});

    load_result result{verdict.outcome, {}, std::move(verdict.reason)};
    if (result.outcome == load_outcome::ok) result.value = shared_bytes(body_);
    return result;
}

}  // namespace herdgate
