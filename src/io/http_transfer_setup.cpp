// SPDX-License-Identifier: Apache-2.0
//
// http_transfer, continued: what its handle is set to before the request.
#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <new>
#include <string>
#include <string_view>

#include "herdgate/core/config/config.hpp"
#include "http_sockets.hpp"
#include "http_transfer.hpp"

namespace herdgate {

namespace {

constexpr long ca_cache_seconds = 300;  ///< a replaced CA file is noticed after this

}  // namespace

template <class Value>
void http_transfer::set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (code != CURLE_OK && problem_.empty()) {
        problem_ = std::string("cannot set up the request: ") + curl_easy_strerror(code);
    }
}

void http_transfer::set_up(http_sockets& sockets, milliseconds left) {
    easy_.reset(curl_easy_init());
    if (easy_ == nullptr) throw std::bad_alloc();
    set_lockdown(left);
    set_tls();
    set_callbacks(sockets);
    set_request();
}

void http_transfer::set_lockdown(milliseconds left) {
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_TIMEOUT_MS, std::max(static_cast<long>(left.count()), 1L));  // 0 means none
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
    set(CURLOPT_HEADERFUNCTION, &http_transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
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
    const std::string& socket = call_.spec->unix_path;
    if (!socket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
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
}

void http_transfer::set_headers(const std::string& trace) {
    for (const std::string& line : call_.headers) {
        // curl takes "Name:" as "remove this header"; a header with an empty value is written
        // "Name;".
        const std::size_t last = line.find_last_not_of(" \t");
        const bool empty_value = last != std::string::npos && line[last] == ':';
        add_header(empty_value ? line.substr(0, last) + ';' : line);
    }
    if (!has_header("traceparent")) add_header(trace);
    set_conditions();
    set(CURLOPT_HTTPHEADER, headers_.get());
}

/// A route's own conditions are its own affair: a 304 to them is no answer to ours.
void http_transfer::set_conditions() {
    const validators& known = call_.known;
    if (has_header("If-None-Match") || has_header("If-Modified-Since")) return;
    if (!known.etag.empty()) add_header("If-None-Match: " + known.etag);
    if (!known.last_modified.empty()) add_header("If-Modified-Since: " + known.last_modified);
    conditional_ = known != validators{};
}

bool http_transfer::has_header(std::string_view name) const {
    return std::any_of(call_.headers.begin(), call_.headers.end(), [&](const std::string& line) {
        return line.size() > name.size() && line[name.size()] == ':' &&
               ::strncasecmp(line.data(), name.data(), name.size()) == 0;
    });
}

void http_transfer::add_header(const std::string& line) {
    curl_slist* extended = curl_slist_append(headers_.get(), line.c_str());
    if (extended == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(extended);
}

}  // namespace herdgate
