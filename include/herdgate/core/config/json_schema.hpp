// SPDX-License-Identifier: Apache-2.0
//
// The configuration file as a JSON Schema (draft-07), made from the field table, for editors and
// for checks where herdgate itself is not at hand.
//
// What the schema rejects, the decoder rejects, with one exception: a number or boolean in quotes,
// which the decoder takes. What only the decoder rejects: rules between settings, ranges of
// durations, sizes and percentages, the grammar of patterns, templates, URLs and addresses,
// duplicate keys, and words that were booleans in YAML 1.1.
#pragma once

#include <string>

namespace herdgate {

/// The schema's text, indented, with a line's end at its end. The same for every call.
std::string json_schema();

}  // namespace herdgate
