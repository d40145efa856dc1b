// SPDX-License-Identifier: Apache-2.0
//
// The field table, last part: settings of a route.
#include "draft.hpp"
#include "herdgate/core/config/field_table.hpp"

namespace herdgate {
namespace {

using scalar = config_scalar;
using draft = config_draft;
using enum field_type;

constexpr std::int64_t megabyte = 1024 * 1024;
constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t year = 365 * day;
constexpr std::int64_t million = 1'000'000;

field planned(std::string_view path) {
    return {.path = path};
}

std::vector<field> identity_fields() {
    return {
        {.path = "routes",
         .type = section_list,
         .doc = "which keys are loaded, and how; the first that matches wins",
         .enter =
             [](draft& d) {
                 d.routes.emplace_back();
                 d.routes.back().node = d.node;
                 d.routes.back().path = d.path;
             }},
        {.path = "routes[].name",
         .type = text,
         .doc = "for logs, metrics and errors; default: the pattern's text",
         .assign = [](draft& d, const scalar& v) { d.route().name = v; }},
        {.path = "routes[].match",
         .type = pattern,
         .doc = "the keys: `{x}` is one segment, `{x*}` the rest, `regex:` introduces an RE2 "
                "expression",
         .assign = [](draft& d, const scalar& v) { d.route().match = v; },
         .need = presence::required},
        {.path = "routes[].as",
         .type = choice,
         .default_value = "string",
         .doc = "what clients see: the value itself, or a JSON object as a hash, read by HGET, "
                "HGETALL and the like",
         .assign = [](draft& d, const scalar& v) { d.route().made.as_hash = v.number == 1; },
         .choices = "string|hash"},
        planned("routes[].dry_run"),
        planned("routes[].lease"),
        {.path = "routes[].load",
         .type = alternatives,
         .doc = "how a missing value is had: exactly one of `http` and `command`",
         .enter = [](draft& d) { d.route().has_load = true; },
         .need = presence::required},
    };
}

std::vector<field> http_fields() {
    return {
        {.path = "routes[].load.http",
         .type = section,
         .doc = "ask an HTTP origin",
         .enter = [](draft& d) { d.route().http.emplace(); }},
        {.path = "routes[].load.http.url",
         .type = templated,
         .doc = "captures come after the host and are percent-encoded",
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
        planned("routes[].load.http.retry"),
        {.path = "routes[].load.http.absent",
         .type = number_list,
         .default_value = "[404, 410]",
         .doc = "statuses that mean that the key does not exist",
         .assign = [](draft& d,
                      const scalar& v) { d.http().absent.push_back(static_cast<int>(v.number)); },
         .enter = [](draft& d) { d.http().absent.clear(); },
         .min = 200,
         .max = 599},
        planned("routes[].load.http.cache_control"),
        planned("routes[].load.http.revalidate"),
        planned("routes[].load.http.extract"),
        planned("routes[].load.http.batch"),
        {.path = "routes[].load.http.max_body",
         .type = size,
         .default_value = "16MiB",
         .doc = "bytes of an answer, after decompression; a longer one is an error",
         .assign = [](draft& d, const scalar& v) { d.http().max_body = v.size(); },
         .min = 1,
         .max = 512 * megabyte},
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

std::vector<field> command_fields() {
    return {
        {.path = "routes[].load.command",
         .type = section,
         .doc = "run a program; there is no shell",
         .enter = [](draft& d) { d.route().command.emplace(); }},
        {.path = "routes[].load.command.argv",
         .type = templated_list,
         .doc = "the program (an absolute path, or a name to look up in PATH) and its arguments; a "
                "capture never starts an option",
         .assign = [](draft& d, const scalar& v) { d.route().argv.push_back(v); },
         .need = presence::required},
        {.path = "routes[].load.command.stdin",
         .type = choice,
         .default_value = "none",
         .doc = "what the program reads",
         .assign = [](draft& d, const scalar& v) { d.command().stdin_key = v.number == 1; },
         .choices = "none|key"},
        {.path = "routes[].load.command.env",
         .type = templated_map,
         .doc = "the program's environment, besides PATH",
         .assign = [](draft& d, const scalar& v) { d.route().env.push_back(v); }},
        {.path = "routes[].load.command.timeout",
         .type = duration,
         .default_value = "30s",
         .doc = "then SIGTERM to the process group, and SIGKILL 2 s later",
         .assign = [](draft& d, const scalar& v) { d.command().timeout = v.duration(); },
         .min = 1,
         .max = day},
        {.path = "routes[].load.command.absent_exit",
         .type = number,
         .doc = "the exit status that means that the key does not exist",
         .assign = [](draft& d,
                      const scalar& v) { d.command().absent_exit = static_cast<int>(v.number); },
         .min = 1,
         .max = 255},
        {.path = "routes[].load.command.max_output",
         .type = size,
         .default_value = "16MiB",
         .doc = "bytes of standard output; more is an error",
         .assign = [](draft& d, const scalar& v) { d.command().max_output = v.size(); },
         .min = 1,
         .max = 512 * megabyte},
        planned("routes[].load.command.mode"),
    };
}

std::vector<field> lifetime_fields() {
    return {
        {.path = "routes[].ttl",
         .type = duration,
         .default_value = "1m",
         .doc = "how long a loaded value is fresh",
         .assign = [](draft& d, const scalar& v) { d.policy().ttl = v.duration(); },
         .min = 1,
         .max = year},
        planned("routes[].jitter"),
        {.path = "routes[].stale",
         .type = section,
         .doc = "what a value is good for after its TTL"},
        {.path = "routes[].stale.while_revalidate",
         .type = duration,
         .default_value = "1m",
         .doc = "from the end of the TTL: served at once, refreshed in the background",
         .assign = [](draft& d,
                      const scalar& v) { d.policy().stale.while_revalidate = v.duration(); },
         .max = year},
        {.path = "routes[].stale.if_error",
         .type = duration,
         .default_value = "10m",
         .doc = "from the end of the TTL: served when the load fails",
         .assign = [](draft& d, const scalar& v) { d.policy().stale.if_error = v.duration(); },
         .max = year},
        planned("routes[].soft_timeout"),
        {.path = "routes[].negative", .type = section, .doc = "keys that do not exist"},
        {.path = "routes[].negative.ttl",
         .type = duration,
         .default_value = "30s",
         .doc = "how long the absence of a key is remembered; 0: not at all",
         .assign = [](draft& d, const scalar& v) { d.policy().negative.ttl = v.duration(); },
         .max = year},
        planned("routes[].refresh"),
        planned("routes[].sliding"),
        {.path = "routes[].backoff", .type = section, .doc = "after a failed load of a key"},
        {.path = "routes[].backoff.first",
         .type = duration,
         .default_value = "1s",
         .doc = "no load of the key for this long; doubles with each further failure",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().backoff.first = v.duration();
                 d.route().backoff_first = v;
             },
         .min = 1,
         .max = day},
        {.path = "routes[].backoff.max",
         .type = duration,
         .default_value = "1m",
         .doc = "and at most this long",
         .assign = [](draft& d, const scalar& v) { d.policy().backoff.max = v.duration(); },
         .min = 1,
         .max = day},
    };
}

std::vector<field> waiting_fields() {
    return {
        {.path = "routes[].wait", .type = section, .doc = "readers that wait for a load"},
        {.path = "routes[].wait.timeout",
         .type = duration,
         .default_value = "3s",
         .doc = "a reader waits no longer than this",
         .assign = [](draft& d, const scalar& v) { d.policy().wait.timeout = v.duration(); },
         .min = 1,
         .max = hour},
        {.path = "routes[].wait.then",
         .type = choice,
         .default_value = "error",
         .doc = "and then gets this, if there is no stale value",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().wait.then =
                     v.number == 0 ? route_policy::wait_end::error : route_policy::wait_end::nil;
             },
         .choices = "error|nil"},
        {.path = "routes[].wait.waiters",
         .type = number,
         .default_value = "100000",
         .doc = "readers that wait for one key",
         .assign = [](draft& d, const scalar& v) { d.policy().wait.waiters = v.size(); },
         .min = 1,
         .max = 10 * million},
    };
}

std::vector<field> limit_fields() {
    return {
        {.path = "routes[].limit",
         .type = section,
         .doc = "loads of this route, in this process but for `fleet`"},
        {.path = "routes[].limit.concurrency",
         .type = number,
         .default_value = "64",
         .doc = "loads at once",
         .assign = [](draft& d, const scalar& v) { d.policy().limit.concurrency = v.size(); },
         .min = 1,
         .max = 10'000},
        {.path = "routes[].limit.queue",
         .type = number,
         .default_value = "1024",
         .doc = "loads that wait for their turn",
         .assign = [](draft& d, const scalar& v) { d.policy().limit.queue = v.size(); },
         .max = million},
        {.path = "routes[].limit.queue_timeout",
         .type = duration,
         .default_value = "3s",
         .doc = "how long a load waits for its turn",
         .assign = [](draft& d, const scalar& v) { d.policy().limit.queue_timeout = v.duration(); },
         .min = 1,
         .max = hour},
        {.path = "routes[].limit.fleet",
         .type = number,
         .doc = "loads of this route at once in all processes that share the upstream; default: no "
                "such limit",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().limit.fleet = v.size();
                 d.route().fleet = v;
             },
         .min = 1,
         .max = million},
        planned("routes[].breaker"),
        {.path = "routes[].invalidate",
         .type = choice,
         .default_value = "delete",
         .doc = "what an invalidation message does to an entry: `delete` drops it, `stale` has it "
                "served while it is refreshed, `refresh` loads it anew at once",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().invalidate = static_cast<route_policy::invalidation>(v.number);
             },
         .choices = "delete|stale|refresh"},
        planned("routes[].writes"),
        {.path = "routes[].tags",
         .type = templated_list,
         .doc = "names by which entries of several keys and routes are invalidated together; needs "
                "an upstream",
         .assign = [](draft& d, const scalar& v) { d.route().tags.push_back(v); }},
        planned("routes[].warm"),
    };
}

}  // namespace

std::vector<field> route_fields() {
    std::vector<field> all;
    for (const auto& part : {identity_fields(), http_fields(), command_fields(), lifetime_fields(),
                             waiting_fields(), limit_fields()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace herdgate
