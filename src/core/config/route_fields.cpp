// SPDX-License-Identifier: Apache-2.0
//
// The field table: settings of a route: its keys and its loader. The rest is in policy_fields.cpp.
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
        {.path = "routes[].dry_run",
         .type = boolean,
         .default_value = "false",
         .doc = "true: the keys are treated as if no route claimed them, and what the route would "
                "have done is counted",
         .assign = [](draft& d, const scalar& v) { d.route().made.dry_run = v.boolean(); }},
        {.path = "routes[].lease",
         .type = duration,
         .default_value = "10s",
         .doc = "with `load: client`: how long a client may take to store the value that it was "
                "told to be missing; then it is the next one's turn",
         .assign = [](draft& d, const scalar& v) { d.route().lease = v; },
         .min = 1,
         .max = hour},
        {.path = "routes[].load",
         .type = alternatives,
         .doc = "how a missing value is had: exactly one of `http` and `command`; or the word "
                "`client`: one of the clients that ask is told that there is none, and stores it",
         .assign =
             [](draft& d, const scalar&) {
                 d.route().has_load = true;
                 d.route().client.emplace();
             },
         .enter = [](draft& d) { d.route().has_load = true; },
         .choices = "client",
         .need = presence::required},
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
         .assign =
             [](draft& d, const scalar& v) {
                 d.command().absent_exit = static_cast<int>(v.number);
                 d.route().absent_exit = v;
             },
         .min = 1,
         .max = 255},
        {.path = "routes[].load.command.max_output",
         .type = size,
         .default_value = "16MiB",
         .doc = "bytes of standard output; more is an error",
         .assign = [](draft& d, const scalar& v) { d.command().max_output = v.size(); },
         .min = 1,
         .max = 512 * megabyte},
        {.path = "routes[].load.command.mode",
         .type = choice,
         .default_value = "once",
         .doc = "`once`: a process for each load; `worker`: kept running, keys in and values out "
                "over its pipes",
         .assign = [](draft& d, const scalar& v) { d.command().worker = v.number == 1; },
         .choices = "once|worker"},
        {.path = "routes[].load.command.processes",
         .type = number,
         .default_value = "1",
         .doc = "with `mode: worker`: processes for each of herdgate's threads; each is asked for "
                "one key at a time",
         .assign = [](draft& d, const scalar& v) { d.command().processes = v.size(); },
         .min = 1,
         .max = 64},
    };
}

}  // namespace

std::vector<field> route_fields() {
    std::vector<field> all;
    for (const auto& part : {identity_fields(), http_fields(), http_batch_fields(),
                             command_fields(), command_batch_fields(), policy_fields()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace herdgate
