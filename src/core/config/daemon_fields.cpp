// SPDX-License-Identifier: Apache-2.0
//
// The field table, first part: settings of the daemon as a whole.
#include "draft.hpp"
#include "herdgate/core/config/field_table.hpp"

namespace herdgate {
namespace {

using scalar = config_scalar;
using draft = config_draft;
using enum field_type;

constexpr std::int64_t kilobyte = 1024;
constexpr std::int64_t megabyte = 1024 * kilobyte;
constexpr std::int64_t terabyte = 1024 * 1024 * megabyte;
constexpr std::int64_t hour = 3'600'000;

field planned(std::string_view path) {
    return {.path = path};
}

std::vector<field> store_fields() {
    return {
        {.path = "store", .type = section, .doc = "the entries' store"},
        {.path = "store.prefix",
         .type = text,
         .default_value = "cache:",
         .doc = "put before a routed key to name its entry",
         .assign = [](draft& d, const scalar& v) { d.made.store.prefix = v.text; }},
        {.path = "store.max_memory",
         .type = size,
         .default_value = "256MiB",
         .doc = "memory of the embedded store",
         .assign = [](draft& d, const scalar& v) { d.made.store.max_memory = v.size(); },
         .min = megabyte,
         .max = terabyte},
        {.path = "store.lease",
         .type = duration,
         .default_value = "3s",
         .doc = "how long a load's lease outlives the process that holds it; it is renewed while "
                "the load runs",
         .assign = [](draft& d, const scalar& v) { d.made.store.lease = v.duration(); },
         .min = 100,
         .max = hour},
    };
}

std::vector<field> process_fields() {
    return {
        {.path = "admin",
         .type = section,
         .doc = "the HTTP server for health, metrics and administration"},
        {.path = "admin.address",
         .type = text,
         .default_value = "127.0.0.1:9121",
         .doc = "`HOST:PORT`, or `none` for no such server",
         .assign = [](draft& d, const scalar& v) { d.admin = v; }},
        planned("admin.dashboard"),
        {.path = "workers",
         .type = auto_number,
         .default_value = "auto",
         .doc = "threads; `auto`: as many as there are CPUs",
         .assign = [](draft& d, const scalar& v) { d.made.workers = v.size(); },
         .min = 1,
         .max = 256},
        {.path = "limits", .type = section, .doc = "what clients can use up"},
        {.path = "limits.clients",
         .type = number,
         .default_value = "10000",
         .doc = "connections at once",
         .assign = [](draft& d, const scalar& v) { d.made.limits.clients = v.size(); },
         .min = 1,
         .max = 1'000'000},
        {.path = "limits.request",
         .type = size,
         .default_value = "64MiB",
         .doc = "bytes of one command",
         .assign = [](draft& d, const scalar& v) { d.made.limits.request = v.size(); },
         .min = kilobyte,
         .max = 4096 * megabyte},
        {.path = "limits.value",
         .type = size,
         .default_value = "16MiB",
         .doc = "bytes of one value of a routed key",
         .assign = [](draft& d, const scalar& v) { d.made.limits.value = v.size(); },
         .min = 1,
         .max = 512 * megabyte},
        {.path = "limits.output",
         .type = size,
         .default_value = "64MiB",
         .doc = "bytes of replies that one client has not read yet",
         .assign = [](draft& d, const scalar& v) { d.made.limits.output = v.size(); },
         .min = kilobyte,
         .max = 4096 * megabyte},
        {.path = "log", .type = section, .doc = "the log, on standard error"},
        {.path = "log.level",
         .type = choice,
         .default_value = "info",
         .doc = "the least severe messages that are written",
         .assign = [](draft& d, const scalar& v) { d.made.log.level = v.text; },
         .choices = "trace|debug|info|warn|error|off"},
        {.path = "log.format",
         .type = choice,
         .default_value = "text",
         .doc = "lines for people, or one JSON object a line",
         .assign =
             [](draft& d, const scalar& v) {
                 d.made.log.format =
                     v.number == 0 ? config::log_format::text : config::log_format::json;
             },
         .choices = "text|json"},
        {.path = "drain",
         .type = duration,
         .default_value = "20s",
         .doc = "how long a stopping daemon waits for its clients",
         .assign = [](draft& d, const scalar& v) { d.made.drain = v.duration(); },
         .max = hour},
    };
}

}  // namespace

std::vector<field> daemon_fields() {
    std::vector<field> all = listen_fields();
    for (const auto& part : {upstream_fields(), store_fields(), process_fields()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace herdgate
