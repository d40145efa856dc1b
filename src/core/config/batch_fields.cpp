// SPDX-License-Identifier: Apache-2.0
//
// The field table: settings of loads that go together.
#include "draft.hpp"
#include "herdgate/core/config/field_table.hpp"

namespace herdgate {
namespace {

using scalar = config_scalar;
using draft = config_draft;
using enum field_type;

constexpr std::int64_t keys_max = 1000;
constexpr std::int64_t window_max = 1000;

}  // namespace

std::vector<field> http_batch_fields() {
    return {
        {.path = "routes[].load.http.batch",
         .type = section,
         .doc = "misses that meet go as one call; its `url` is asked instead of the load's. The "
                "pattern has exactly one capture, headers none",
         .enter =
             [](draft& d) {
                 d.http().batch.emplace();
                 d.route().batch = {d.node, d.path};
             }},
        {.path = "routes[].load.http.batch.url",
         .type = templated,
         .doc = "`{ids}` stands for the captures, percent-encoded, with commas between them",
         .assign = [](draft& d, const scalar& v) { d.route().batch_url = v; },
         .need = presence::required},
        {.path = "routes[].load.http.batch.max",
         .type = number,
         .default_value = "100",
         .doc = "keys of one call",
         .assign = [](draft& d, const scalar& v) { d.http().batch->max = v.size(); },
         .min = 1,
         .max = keys_max},
        {.path = "routes[].load.http.batch.window",
         .type = duration,
         .default_value = "2ms",
         .doc = "how long the first key of a call waits for others",
         .assign = [](draft& d, const scalar& v) { d.http().batch->window = v.duration(); },
         .max = window_max},
        {.path = "routes[].load.http.batch.key",
         .type = text,
         .doc = "JSON pointer to an element's own key, where the answer is an array; without it "
                "the answer is an object whose names are the captures",
         .assign = [](draft& d, const scalar& v) { d.route().batch_key = v; }},
    };
}

std::vector<field> command_batch_fields() {
    return {
        {.path = "routes[].load.command.batch",
         .type = section,
         .doc = "misses that meet go as one call: keys on standard input, one a line; on standard "
                "output a JSON object whose names are the keys",
         .enter =
             [](draft& d) {
                 d.command().batch.emplace();
                 d.route().batch = {d.node, d.path};
             }},
        {.path = "routes[].load.command.batch.argv",
         .type = templated_list,
         .doc = "the program for a batch, without captures; default: the load's own",
         .assign = [](draft& d, const scalar& v) { d.route().batch_argv.push_back(v); }},
        {.path = "routes[].load.command.batch.max",
         .type = number,
         .default_value = "100",
         .doc = "keys of one call",
         .assign = [](draft& d, const scalar& v) { d.command().batch->max = v.size(); },
         .min = 1,
         .max = keys_max},
        {.path = "routes[].load.command.batch.window",
         .type = duration,
         .default_value = "2ms",
         .doc = "how long the first key of a call waits for others",
         .assign = [](draft& d, const scalar& v) { d.command().batch->window = v.duration(); },
         .max = window_max},
    };
}

}  // namespace herdgate
