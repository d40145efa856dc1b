// SPDX-License-Identifier: Apache-2.0
//
// The field table, second part: the Redis behind herdgate, and the cache in front of it.
#include "draft.hpp"
#include "herdgate/core/config/field_table.hpp"

namespace herdgate {
namespace {

using scalar = config_scalar;
using draft = config_draft;
using enum field_type;

constexpr std::int64_t megabyte = 1024 * 1024;
constexpr std::int64_t terabyte = 1024 * 1024 * megabyte;
constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

upstream_config& made(draft& d) {
    return *d.made.upstream;
}

std::vector<field> address_fields() {
    return {
        {.path = "upstream",
         .type = section,
         .doc = "the Redis that keeps the entries; without it they live in this process's memory",
         .enter = [](draft& d) { d.made.upstream.emplace(); }},
        {.path = "upstream.url",
         .type = text,
         .doc = "`redis://[user[:password]@]host[:port][/db]`, `rediss://…` for TLS, or "
                "`unix:///path[?db=N]`",
         .assign = [](draft& d, const scalar& v) { d.upstream.url = v; },
         .need = presence::required},
        {.path = "upstream.username",
         .type = text,
         .doc = "for AUTH; needs `password`",
         .assign = [](draft& d, const scalar& v) { d.upstream.username = v; }},
        {.path = "upstream.password",
         .type = text,
         .doc = "for AUTH; write `${file:PATH}` or `${NAME}` rather than the password",
         .assign = [](draft& d, const scalar& v) { d.upstream.password = v; }},
        {.path = "upstream.tls",
         .type = section,
         .doc = "TLS of a `rediss://` URL; PEM files",
         .enter = [](draft& d) { d.upstream.tls = d.node; }},
        {.path = "upstream.tls.ca",
         .type = text,
         .doc = "authorities to trust instead of the system's",
         .assign = [](draft& d, const scalar& v) { made(d).tls_files.ca = v.text; }},
        {.path = "upstream.tls.cert",
         .type = text,
         .doc = "client certificate; needs `key`",
         .assign = [](draft& d, const scalar& v) { d.upstream.cert = v; }},
        {.path = "upstream.tls.key",
         .type = text,
         .doc = "the client certificate's key; needs `cert`",
         .assign = [](draft& d, const scalar& v) { d.upstream.key = v; }},
        {.path = "upstream.tls.server_name",
         .type = text,
         .doc = "the name that the certificate must bear; default: the URL's host",
         .assign = [](draft& d, const scalar& v) { made(d).server_name = v.text; }},
    };
}

std::vector<field> link_fields() {
    return {
        {.path = "upstream.timeouts",
         .type = section,
         .doc = "how long Redis may take; past it a link is closed"},
        {.path = "upstream.timeouts.connect",
         .type = duration,
         .default_value = "1s",
         .doc = "to connect and to accept the login",
         .assign = [](draft& d, const scalar& v) { made(d).timeouts.connect = v.duration(); },
         .min = 1,
         .max = hour},
        {.path = "upstream.timeouts.command",
         .type = duration,
         .default_value = "5s",
         .doc = "to answer a client's command",
         .assign = [](draft& d, const scalar& v) { made(d).timeouts.command = v.duration(); },
         .min = 1,
         .max = hour},
        {.path = "upstream.timeouts.store",
         .type = duration,
         .default_value = "1s",
         .doc = "to answer a command of the store (reads of entries, leases)",
         .assign = [](draft& d, const scalar& v) { made(d).timeouts.store = v.duration(); },
         .min = 1,
         .max = hour},
        {.path = "upstream.links",
         .type = choice,
         .default_value = "shared",
         .doc = "`shared`: clients whose state allows it share connections to Redis; `dedicated`: "
                "each client has its own",
         .assign =
             [](draft& d, const scalar& v) {
                 made(d).links = static_cast<upstream_config::link_mode>(v.number);
             },
         .choices = "shared|dedicated"},
    };
}

std::vector<field> near_cache_fields() {
    return {
        {.path = "near_cache",
         .type = section,
         .doc = "copies of the upstream's entries in this process",
         .enter = [](draft& d) { d.near_cache = d.node; }},
        {.path = "near_cache.max_memory",
         .type = size,
         .default_value = "64MiB",
         .doc = "memory of the copies",
         .assign = [](draft& d, const scalar& v) { d.made.near_cache.max_memory = v.size(); },
         .min = megabyte,
         .max = terabyte},
        {.path = "near_cache.max_age",
         .type = duration,
         .default_value = "30s",
         .doc = "a copy is not served longer than this without asking Redis",
         .assign = [](draft& d, const scalar& v) { d.made.near_cache.max_age = v.duration(); },
         .min = 1,
         .max = day},
        {.path = "near_cache.tracking",
         .type = choice,
         .default_value = "keys",
         .doc = "which keys Redis tells changes of: those that were read, all that begin with "
                "`store.prefix`, or none",
         .assign =
             [](draft& d, const scalar& v) {
                 d.made.near_cache.tracking = static_cast<config::tracking_mode>(v.number);
             },
         .choices = "keys|broadcast|off"},
    };
}

std::vector<field> fleet_fields() {
    return {
        {.path = "fleet",
         .type = section,
         .doc = "what others tell this process through the upstream",
         .enter = [](draft& d) { d.fleet = d.node; }},
        {.path = "fleet.invalidation_channel",
         .type = text,
         .default_value = "cache_invalidation",
         .doc = "the Pub/Sub channel of messages that say which keys are out of date; empty: none",
         .assign = [](draft& d, const scalar& v) { d.made.fleet.invalidation_channel = v.text; }},
        {.path = "fleet.refresh_stream",
         .type = text,
         .doc = "the stream of keys that are to be loaded anew; default: none",
         .assign = [](draft& d, const scalar& v) { d.made.fleet.refresh_stream = v.text; }},
        {.path = "fleet.role",
         .type = choice,
         .default_value = "all",
         .doc = "`proxy`: serves clients and leaves the refresh stream to others; `worker`: works "
                "off the refresh stream and listens nowhere; also `herdgate run --role`",
         .assign = [](draft& d,
                      const scalar& v) { d.made.fleet.as = static_cast<config::role>(v.number); },
         .choices = "all|proxy|worker"},
    };
}

}  // namespace

std::vector<field> upstream_fields() {
    std::vector<field> all;
    for (const auto& part : {address_fields(), link_fields(), near_cache_fields(), fleet_fields()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace herdgate
