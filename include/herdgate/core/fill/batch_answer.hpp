// SPDX-License-Identifier: Apache-2.0
//
// batch_answer: takes the answer of one call for several keys apart. Pure.
//
//     object   { "7": …, "8": … }           names are ids
//     array    [ { "id": 7, … }, … ]        each element's id is where `key` points: text or number
//
//     a string                      its characters are the value
//     null, or not there            absent
//     anything else                 its JSON text without blanks is the value
//
// Where an element of an array does not say whose it is, no key that was not found can be called
// absent: those keys fail. Names that nobody asked for are ignored; of values for one id the last
// counts. What is not JSON of one of the two kinds fails all keys alike, as does a call that
// failed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "herdgate/core/fill/loader.hpp"

namespace herdgate {

struct load_batch;

/// One result for each id, in their order. `ids` may hold one id several times. Terms of the whole
/// answer are terms of each part, but for its validators.
std::vector<load_result> split_answer(const load_batch& batch, std::span<const std::string> ids,
                                      load_result whole);

}  // namespace herdgate
