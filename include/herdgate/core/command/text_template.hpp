// SPDX-License-Identifier: Apache-2.0
//
// text_template: literal text with {captures} in it, as used by a route's URL, headers, argv and environment.
// Parsed once with the configuration; rendered for each load. How a capture is made safe for its place is the
// renderer's affair (render.hpp); a template only knows where captures go.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace herdgate {

struct text_template {
    struct piece {
        std::string literal;                  ///< comes first
        std::size_t capture = no_capture;     ///< index into the route pattern's captures; comes after the literal
    };
    static constexpr std::size_t no_capture = static_cast<std::size_t>(-1);

    std::vector<piece> pieces;
    std::string source;                       ///< as written in the file, for messages
};

}  // namespace herdgate
