// SPDX-License-Identifier: Apache-2.0
//
// The field table: how a route asks an HTTP origin.
#include "draft.hpp"
#include "herdgate/core/config/field_table.hpp"

namespace herdgate {
namespace {

using scalar = config_scalar;
using draft = config_draft;
using enum field_type;

constexpr std::int64_t megabyte = 1024 * 1024;
constexpr std::int64_t hour = 3'600'000;

std::vector<field> retry_fields() {
    return {
        {.path = "routes[].load.http.retry",
         .type = section,
         .doc = "further requests within one load and its `timeout`"},
        {.path = "routes[].load.http.retry.attempts",
         .type = number,
         .default_value = "0",
         .doc = "requests after the first",
         .assign =
             [](draft& d, const scalar& v) {
                 d.http().retry.attempts = static_cast<std::uint32_t>(v.number);
             },
         .max = 5},
        {.path = "routes[].load.http.retry.on",
         .type = text_list,
         .default_value = "[connect, 502, 503, 504]",
         .doc =
             "after which endings: statuses, and `connect`: no connection, or a kept one that was "
             "closed instead of an answer to a GET; a time-out is never one",
         .assign = [](draft& d, const scalar& v) { d.route().retry_on.push_back(v); },
         .enter =
             [](draft& d) {
                 d.http().retry.connect = false;
                 d.http().retry.statuses.clear();
             }},
        {.path = "routes[].load.http.retry.budget",
         .type = percent,
         .default_value = "20%",
         .doc =
             "retries are at most this part of the route's requests of the last ten seconds, but "
             "three in any case; each worker counts for itself",
         .assign = [](draft& d, const scalar& v) { d.http().retry.budget = v.number; },
         .min = 1,
         .max = 10'000},
    };
}

std::vector<field> connection_fields() {
    return {
        {.path = "routes[].load.http.tls", .type = section, .doc = "PEM files for an https origin"},
        {.path = "routes[].load.http.tls.ca",
         .type = text,
         .doc = "authorities to trust instead of the system's",
         .assign = [](draft& d, const scalar& v) { d.http().tls.ca = v.text; }},
        {.path = "routes[].load.http.tls.cert",
         .type = text,
         .doc = "client certificate; needs `key`",
         .assign =
             [](draft& d, const scalar& v) {
                 d.http().tls.cert = v.text;
                 d.route().cert = v;
             }},
        {.path = "routes[].load.http.tls.key",
         .type = text,
         .doc = "the client certificate's key; needs `cert`",
         .assign =
             [](draft& d, const scalar& v) {
                 d.http().tls.key = v.text;
                 d.route().key = v;
             }},
        {.path = "routes[].load.http.allow_addresses",
         .type = text_list,
         .default_value = "[]",
         .doc = "addresses and networks that may be asked although they are refused by default "
                "(link-local, cloud metadata)",
         .assign = [](draft& d, const scalar& v) { d.route().networks.push_back(v); },
         .enter = [](draft& d) { d.route().networks.clear(); }},
    };
}

std::vector<field> request_fields() {
    return {
        {.path = "routes[].load.http",
         .type = section,
         .doc = "ask an HTTP origin",
         .enter = [](draft& d) { d.route().http.emplace(); }},
        {.path = "routes[].load.http.url",
         .type = templated,
         .doc = "captures come after the host and are percent-encoded; "
                "`http://unix:/run/app.sock:/path` "
                "asks by a unix socket",
         .assign = [](draft& d, const scalar& v) { d.route().url = v; },
         .need = presence::required},
        {.path = "routes[].load.http.method",
         .type = choice,
         .default_value = "GET",
         .doc = "the request's method",
         .assign = [](draft& d, const scalar& v) { d.http().method = v.text; },
         .choices = "GET|POST"},
        {.path = "routes[].load.http.headers",
         .type = templated_map,
         .doc = "further request headers",
         .assign = [](draft& d, const scalar& v) { d.route().headers.push_back(v); }},
        {.path = "routes[].load.http.timeout",
         .type = duration,
         .default_value = "2s",
         .doc = "hard limit of one load, connecting included",
         .assign = [](draft& d, const scalar& v) { d.http().timeout = v.duration(); },
         .min = 1,
         .max = hour},
    };
}

std::vector<field> answer_fields() {
    return {
        {.path = "routes[].load.http.absent",
         .type = number_list,
         .default_value = "[404, 410]",
         .doc = "statuses that mean that the key does not exist",
         .assign = [](draft& d,
                      const scalar& v) { d.http().absent.push_back(static_cast<int>(v.number)); },
         .enter = [](draft& d) { d.http().absent.clear(); },
         .min = 200,
         .max = 599},
        {.path = "routes[].load.http.cache_control",
         .type = choice,
         .default_value = "ignore",
         .doc =
             "`honour`: the answer's Cache-Control, Expires, Age and `Vary: *` say how long it is "
             "fresh and may be served stale, and whether it is kept at all",
         .assign = [](draft& d, const scalar& v) { d.http().cache_control = v.number == 1; },
         .choices = "ignore|honour"},
        {.path = "routes[].load.http.revalidate",
         .type = boolean,
         .default_value = "false",
         .doc =
             "ETag and Last-Modified are kept and sent (If-None-Match, If-Modified-Since); a 304 "
             "renews the entry",
         .assign =
             [](draft& d, const scalar& v) {
                 d.http().revalidate = v.boolean();
                 d.route().revalidate = v;
             }},
        {.path = "routes[].load.http.extract",
         .type = text,
         .doc = "a JSON pointer: the part of the answer that is the value; `null` there means that "
                "the "
                "key does not exist",
         .assign = [](draft& d, const scalar& v) { d.route().extract = v; }},
        {.path = "routes[].load.http.max_body",
         .type = size,
         .default_value = "16MiB",
         .doc = "bytes of an answer, after decompression; a longer one is an error",
         .assign = [](draft& d, const scalar& v) { d.http().max_body = v.size(); },
         .min = 1,
         .max = 512 * megabyte},
    };
}

}  // namespace

std::vector<field> http_fields() {
    std::vector<field> all;
    for (const auto& part :
         {request_fields(), retry_fields(), answer_fields(), connection_fields()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace herdgate
