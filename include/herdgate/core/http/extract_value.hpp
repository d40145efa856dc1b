// SPDX-License-Identifier: Apache-2.0
//
// extract_value: the part of a JSON answer that is the value (`extract`, RFC 6901).
//
//     at the pointer                     outcome
//     ---------------------------------  ----------------------------------------------------
//     a string                           ok: its characters
//     a number, boolean, array, object   ok: its text, without blanks between tokens; numbers as
//     they
//                                        were written
//     null                               absent
//     nothing, or the answer is no JSON  error
//
// Pure. Reasons hold nothing of the answer. Memory: the answer and its part once more; no tree is
// built. Deeper than extract_depth_max is an error.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "herdgate/core/fill/loader.hpp"

namespace herdgate {

inline constexpr std::size_t extract_depth_max = 64;  ///< arrays and objects within each other

struct extraction {
    load_outcome outcome = load_outcome::error;
    std::string value;   ///< with ok
    std::string reason;  ///< with error
};

/// `pointer` is one that json::pointer_problem() has nothing against.
extraction extract_value(std::string_view answer, std::string_view pointer);

}  // namespace herdgate
