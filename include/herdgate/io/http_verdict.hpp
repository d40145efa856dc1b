// SPDX-License-Identifier: Apache-2.0
//
// http_verdict: what the end of an HTTP exchange means for the load. Pure.
//
//     what curl says          status            outcome
//     ----------------------  ----------------  -------------------------------------
//     ok                      listed as absent  absent
//     ok                      304 when asked    unchanged
//     ok                      2xx               ok
//     ok                      anything else     error "HTTP 500"
//     time-out                any               timeout
//     anything else           any               error, in words
//
// Only a complete exchange is judged by its status: a 404 whose body was cut short is an error.
// Reasons name neither URL nor body nor headers: a key may be secret.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/fill/loader.hpp"

namespace herdgate {

/// How an exchange ended, as its transfer saw it.
struct http_ending {
    int curl_code = 0;            ///< a CURLcode
    long status = 0;              ///< 0 if no answer began
    long os_error = 0;            ///< errno of the last failed connect, or 0
    bool lost_kept = false;       ///< a kept connection was closed instead of an answer
    bool head_too_large = false;  ///< stopped by us: the headers were too long
    long verify_result = 0;       ///< OpenSSL's X509_V_*, 0 if the chain is good
    bool too_large = false;       ///< stopped by us: the body exceeded max_body
    bool discarded = false;       ///< stopped by us: the body of a refused answer was long
    std::string refused_address;  ///< an address the policy refused on the way, else empty
};

/// What the judgement depends on besides.
struct http_terms {
    const std::vector<int>& absent;
    std::size_t max_body;
    milliseconds timeout;
    bool conditional = false;  ///< the request said which version is known
};

struct http_verdict {
    load_outcome outcome;
    std::string reason;  ///< empty for ok, absent and unchanged
};

http_verdict judge(const http_ending& ending, const http_terms& terms);

/// Whether the request may go out again, as the route's policy says. Never after a time-out, nor
/// where we refused ourselves.
bool may_retry(const http_ending& ending, const http_load& spec);

/// Whether an answer of this status carries a value; the body of others is not kept.
bool carries_value(long status, const std::vector<int>& absent);

}  // namespace herdgate
