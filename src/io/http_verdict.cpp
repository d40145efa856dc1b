// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/http_verdict.hpp"

#include <curl/curl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace herdgate {

namespace {

bool is_absent(long status, const std::vector<int>& absent) {
    return std::find(absent.begin(), absent.end(), status) != absent.end();
}

/// 304 is no redirect, and 306 is unused.
bool is_redirect(long status) {
    return (status >= 300 && status <= 303) || status == 305 || status == 307 || status == 308;
}

http_verdict by_status(long status, const http_terms& terms) {
    if (is_absent(status, terms.absent)) return {load_outcome::absent, {}};
    if (carries_value(status, terms.absent)) return {load_outcome::ok, {}};
    if (status == 304 && terms.conditional) return {load_outcome::unchanged, {}};
    std::string reason = "HTTP " + std::to_string(status);
    if (status == 304) reason += " to a request without conditions";
    if (is_redirect(status)) reason += " (redirects are not followed)";
    return {load_outcome::error, std::move(reason)};
}

std::string certificate_reason(long verify_result) {
    // A chain that is good, or that curl did not come to note: then it was the name.
    const bool chain_is_good =
        verify_result == X509_V_OK || verify_result == X509_V_ERR_UNSPECIFIED;
    if (chain_is_good) return "TLS certificate refused: it does not name this host";
    return std::string("TLS certificate refused: ") + X509_verify_cert_error_string(verify_result);
}

std::string connect_reason(const http_ending& ending) {
    if (!ending.refused_address.empty()) {
        return "refused to connect to " + ending.refused_address +
               " (link-local or cloud metadata; see allow_addresses)";
    }
    if (ending.os_error == 0) return "cannot connect";
    return "cannot connect: " + std::generic_category().message(static_cast<int>(ending.os_error));
}

std::string failure_reason(const http_ending& ending) {
    switch (ending.curl_code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return "host name not found";
        case CURLE_COULDNT_CONNECT:
        case CURLE_ABORTED_BY_CALLBACK:
            return connect_reason(ending);
        case CURLE_PEER_FAILED_VERIFICATION:
            return certificate_reason(ending.verify_result);
        case CURLE_GOT_NOTHING:
            return "connection closed without an answer";
        case CURLE_PARTIAL_FILE:
            return "answer cut short";
        default:
            return curl_easy_strerror(static_cast<CURLcode>(ending.curl_code));
    }
}

std::string timeout_reason(const http_ending& ending, milliseconds timeout) {
    return (ending.status == 0 ? "no answer within " : "answer not complete within ") +
           std::to_string(timeout.count()) + " ms";
}

}  // namespace

bool carries_value(long status, const std::vector<int>& absent) {
    return status >= 200 && status <= 299 && !is_absent(status, absent);
}

http_verdict judge(const http_ending& ending, const http_terms& terms) {
    if (ending.too_large) {
        return {load_outcome::error,
                "answer larger than " + std::to_string(terms.max_body) + " bytes"};
    }
    if (ending.head_too_large) return {load_outcome::error, "the answer's headers are too long"};
    if (ending.curl_code == CURLE_OPERATION_TIMEDOUT) {
        return {load_outcome::timeout, timeout_reason(ending, terms.timeout)};
    }
    if (ending.curl_code == CURLE_OK || ending.discarded) {
        return by_status(ending.status, terms);
    }
    return {load_outcome::error, failure_reason(ending)};
}

bool may_retry(const http_ending& ending, const http_load& spec) {
    const std::vector<int>& on = spec.retry.statuses;
    if (ending.too_large || ending.head_too_large) return false;
    if (ending.curl_code == CURLE_OK || ending.discarded) {
        return !is_absent(ending.status, spec.absent) &&
               std::find(on.begin(), on.end(), ending.status) != on.end();
    }
    if (!spec.retry.connect || !ending.refused_address.empty()) return false;
    if (ending.lost_kept) return spec.method == "GET";
    return ending.curl_code == CURLE_COULDNT_CONNECT ||
           ending.curl_code == CURLE_COULDNT_RESOLVE_HOST ||
           ending.curl_code == CURLE_SSL_CONNECT_ERROR;
}

}  // namespace herdgate
