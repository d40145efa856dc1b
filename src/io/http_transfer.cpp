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
#include "herdgate/core/http/answer_terms.hpp"
#include "herdgate/core/http/extract_value.hpp"
#include "http_sockets.hpp"

namespace herdgate {

namespace {

/// Bytes of a refused answer that are read and dropped, so that the connection can be used again.
constexpr std::size_t drained_bytes = 64 * 1024;

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

http_transfer::http_transfer(const http_call& call, http_sockets& sockets, milliseconds left,
                             const std::string& trace)
    : call_(call) {
    check_call();
    if (!problem_.empty()) return;
    set_up(sockets, left);
    set_headers(trace);
}

/// The renderer has encoded all this already. A NUL would cut a string short and a line break would
/// add a header, so the last door before the wire looks again.
void http_transfer::check_call() {
    const auto unfit = [](char c) { return is_control(c) || c == ' '; };
    if (std::any_of(call_.url.begin(), call_.url.end(), unfit))
        problem_ = "URL with a control byte";
    const auto check_header = [this](const std::string& line) {
        const auto bad = [](char c) { return is_control(c) && c != '\t'; };
        if (std::any_of(line.begin(), line.end(), bad)) problem_ = "header with a control byte";
    };
    for (const std::string& line : call_.headers) check_header(line);
    check_header(call_.known.etag);
    check_header(call_.known.last_modified);
    std::optional<address_policy> policy = address_policy::parse(call_.spec->allow_addresses);
    if (policy) {
        policy_ = *std::move(policy);
    } else {
        problem_ = "allow_addresses holds what is no network";
    }
}

std::size_t http_transfer::on_header(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<http_transfer*>(self);
    try {
        transfer.head_too_large_ = !transfer.answer_.line({data, size});
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return transfer.head_too_large_ ? 0 : size;
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
    auto& transfer = *static_cast<http_transfer*>(self);
    if (transfer.call_.spec->unix_path.empty()) {
        const std::optional<ip_address> target = to_address(address->addr);
        if (!target || !transfer.admits(*target)) return CURL_SOCKET_BAD;
    } else if (address->family != AF_UNIX) {
        return CURL_SOCKET_BAD;
    }
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
    if (!transfer.call_.spec->unix_path.empty()) return CURL_PREREQFUNC_OK;
    const std::optional<ip_address> target = ip_address::parse(remote);
    return target && transfer.admits(*target) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

http_ending http_transfer::ending(CURLcode code) {
    http_ending ending;
    ending.curl_code = asked_twice_ ? CURLE_GOT_NOTHING : code;
    ending.lost_kept = asked_twice_;
    ending.too_large = too_large_;
    ending.head_too_large = head_too_large_;
    ending.discarded = discarded_;
    ending.refused_address = std::move(refused_address_);
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &ending.status);
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &ending.os_error);
    curl_easy_getinfo(easy_.get(), CURLINFO_SSL_VERIFYRESULT, &ending.verify_result);
    return ending;
}

http_transfer::end http_transfer::finish(CURLcode code, std::int64_t now) {
    const http_load& spec = *call_.spec;
    const http_ending how = ending(code);
    http_verdict verdict = judge(how, {spec.absent, spec.max_body, spec.timeout, conditional_});
    end made;
    made.result = load_result{verdict.outcome, {}, std::move(verdict.reason)};
    if (made.result.outcome == load_outcome::ok) take_value(made.result);
    take_terms(made.result, now);
    const bool busy = how.status == 429 || how.status == 503;
    if (made.result.outcome == load_outcome::error && busy)
        made.result.retry_after = read_retry_after(answer_, now);
    made.may_retry = may_retry(how, spec);
    return made;
}

void http_transfer::take_value(load_result& result) {
    if (!call_.spec->extract) {
        result.value = shared_bytes(body_);
        return;
    }
    const extraction found = extract_value(body_, *call_.spec->extract);
    result.outcome = found.outcome;
    result.reason = found.reason;
    if (found.outcome == load_outcome::ok) result.value = shared_bytes(found.value);
}

void http_transfer::take_terms(load_result& result, std::int64_t now) const {
    const bool unchanged = result.outcome == load_outcome::unchanged;
    if (!unchanged && result.outcome != load_outcome::ok && result.outcome != load_outcome::absent)
        return;
    const http_load& spec = *call_.spec;
    result.terms = read_terms(answer_, {spec.cache_control, spec.revalidate || unchanged}, now);
    if (!unchanged) return;
    validators& known = result.terms.known;
    if (known.etag.empty()) known.etag = call_.known.etag;
    if (known.last_modified.empty()) known.last_modified = call_.known.last_modified;
}

}  // namespace herdgate
