// SPDX-License-Identifier: Apache-2.0
//
// The field table, last part: what a route promises about its entries.
#include "draft.hpp"
#include "herdgate/core/config/field_table.hpp"

namespace herdgate {
namespace {

using scalar = config_scalar;
using draft = config_draft;
using enum field_type;

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t year = 365 * day;
constexpr std::int64_t million = 1'000'000;

double share(const scalar& v) {
    return static_cast<double>(v.number) / 10'000;
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
        {.path = "routes[].jitter",
         .type = percent,
         .default_value = "0%",
         .doc = "share of the TTL (also of `negative.ttl`) of which a part is taken off by chance, "
                "once, when the value is stored",
         .assign = [](draft& d, const scalar& v) { d.policy().jitter = share(v); },
         .max = 10'000},
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
        {.path = "routes[].soft_timeout",
         .type = duration,
         .doc = "a reader that waits for a load, and could have a stale value if it failed, gets "
                "that value after this time; default: `wait.timeout`",
         .assign = [](draft& d, const scalar& v) { d.policy().soft_timeout = v.duration(); },
         .max = hour},
        {.path = "routes[].negative", .type = section, .doc = "keys that do not exist"},
        {.path = "routes[].negative.ttl",
         .type = duration,
         .default_value = "30s",
         .doc = "how long the absence of a key is remembered; 0: not at all",
         .assign = [](draft& d, const scalar& v) { d.policy().negative.ttl = v.duration(); },
         .max = year},
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

std::vector<field> refresh_fields() {
    return {
        {.path = "routes[].refresh",
         .type = section,
         .doc = "loading before the TTL ends: `ahead` and `probability`, or `xfetch`, or `every`",
         .enter = [](draft& d) { d.route().refresh = d.node; }},
        {.path = "routes[].refresh.ahead",
         .type = duration,
         .doc = "each read within this time before the end starts a load…",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().refresh.ahead = v.duration();
                 d.route().ahead = v;
             },
         .min = 1,
         .max = year},
        {.path = "routes[].refresh.probability",
         .type = percent,
         .doc = "…with this probability; default, with `ahead`: 100%",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().refresh.probability = share(v);
                 d.route().probability = v;
             },
         .min = 1,
         .max = 10'000},
        {.path = "routes[].refresh.xfetch",
         .type = factor,
         .doc = "the beta of XFetch: a load starts the earlier the longer loads take; 1.0 is the "
                "paper's choice, more is earlier",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().refresh.xfetch = static_cast<double>(v.number) / 1000;
                 d.route().xfetch = v;
             },
         .min = 1,
         .max = 100'000},
        {.path = "routes[].refresh.every",
         .type = duration,
         .doc = "a key that was read is loaded again and again, so long after each load…",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().refresh.every = v.duration();
                 d.route().every = v;
             },
         .min = 10,
         .max = year},
        {.path = "routes[].refresh.idle",
         .type = duration,
         .default_value = "1h",
         .doc = "…until nobody has read it for this time",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().refresh.idle = v.duration();
                 d.route().idle = v;
             },
         .min = 1000,
         .max = year},
    };
}

std::vector<field> sliding_fields() {
    return {
        {.path = "routes[].sliding",
         .type = section,
         .doc = "reads that extend a value's life; instead of `refresh`",
         .enter =
             [](draft& d) {
                 d.policy().sliding.emplace();
                 d.route().sliding = d.node;
             }},
        {.path = "routes[].sliding.window",
         .type = duration,
         .doc = "a read within this time before the end moves the end…",
         .assign = [](draft& d, const scalar& v) { d.policy().sliding->window = v.duration(); },
         .min = 1,
         .max = year,
         .need = presence::required},
        {.path = "routes[].sliding.extend",
         .type = duration,
         .doc = "…to this from now; longer than `window`…",
         .assign = [](draft& d, const scalar& v) { d.policy().sliding->extend = v.duration(); },
         .min = 1,
         .max = year,
         .need = presence::required},
        {.path = "routes[].sliding.max_age",
         .type = duration,
         .doc = "…but never beyond this after the value was loaded",
         .assign = [](draft& d, const scalar& v) { d.policy().sliding->max_age = v.duration(); },
         .min = 1,
         .max = 10 * year,
         .need = presence::required},
    };
}

std::vector<field> waiting_fields() {
    return {
        {.path = "routes[].wait", .type = section, .doc = "readers that wait for a load"},
        {.path = "routes[].wait.timeout",
         .type = duration,
         .default_value = "3s",
         .doc = "a reader waits no longer than this; with `load: client` the default is three "
                "times `lease`",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().wait.timeout = v.duration();
                 d.route().wait_timeout = v;
             },
         .min = 1,
         .max = hour},
        {.path = "routes[].wait.then",
         .type = choice,
         .default_value = "error",
         .doc = "and then gets this, if there is no stale value; `load`: what a load of its own "
                "gives, which waits for nobody and is not stored; with `load: client` the default "
                "is `nil`",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().wait.then = static_cast<route_policy::wait_end>(v.number);
                 d.route().wait_then = v;
             },
         .choices = "error|nil|load"},
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
    };
}

std::vector<field> change_fields() {
    return {
        {.path = "routes[].breaker",
         .type = section,
         .doc = "a pause for an origin whose loads fail, in this process"},
        {.path = "routes[].breaker.failures",
         .type = number,
         .doc = "so many failed loads of the route in a row open it",
         .assign = [](draft& d, const scalar& v) { d.policy().breaker.failures = v.size(); },
         .min = 1,
         .max = million,
         .need = presence::required},
        {.path = "routes[].breaker.open",
         .type = duration,
         .default_value = "30s",
         .doc = "no load for this long; then one, to see",
         .assign = [](draft& d, const scalar& v) { d.policy().breaker.open = v.duration(); },
         .min = 1,
         .max = day},
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
        {.path = "routes[].writes",
         .type = choice,
         .default_value = "store",
         .doc = "what a client's SET (SETEX, PSETEX, SETNX, MSET, GETSET) does: `store`: the entry "
                "becomes that value; `invalidate`: the entry goes, the value is dropped; `reject`: "
                "an error; `passthrough`: Redis gets it as it is, and the entry goes",
         .assign =
             [](draft& d, const scalar& v) {
                 d.policy().writes = static_cast<route_policy::write>(v.number);
                 d.route().writes = v;
             },
         .choices = "store|invalidate|reject|passthrough"},
        {.path = "routes[].tags",
         .type = templated_list,
         .doc = "names by which entries of several keys and routes are invalidated together; an "
                "HTTP origin's answers may add some",
         .assign = [](draft& d, const scalar& v) { d.route().tags.push_back(v); }},
    };
}

std::vector<field> warm_fields() {
    return {
        {.path = "routes[].warm", .type = section, .doc = "keys that are loaded at the start"},
        {.path = "routes[].warm.keys",
         .type = text_list,
         .default_value = "[]",
         .doc = "those; each must be a key of this route",
         .assign = [](draft& d, const scalar& v) { d.route().warm_keys.push_back(v); },
         .enter = [](draft& d) { d.route().warm_keys.clear(); }},
        {.path = "routes[].warm.file",
         .type = text,
         .doc = "a file with a key on each line; empty lines and those that begin with # are "
                "skipped",
         .assign = [](draft& d, const scalar& v) { d.route().made.warm.file = v.text; }},
        {.path = "routes[].warm.rate",
         .type = number,
         .default_value = "50",
         .doc = "keys a second",
         .assign = [](draft& d, const scalar& v) { d.route().made.warm.rate = v.size(); },
         .min = 1,
         .max = 100'000},
    };
}

}  // namespace

std::vector<field> policy_fields() {
    std::vector<field> all;
    for (const auto& part : {lifetime_fields(), refresh_fields(), sliding_fields(),
                             waiting_fields(), limit_fields(), change_fields(), warm_fields()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace herdgate
