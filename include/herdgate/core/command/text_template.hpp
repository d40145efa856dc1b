// SPDX-License-Identifier: Apache-2.0
//
// text_template: literal text with {captures} in it, as used by a route's URL, headers, argv and
// environment. Parsed once with the configuration; rendered for each load. How a capture is made
// safe for its place is the renderer's affair (render.hpp); a template only knows where captures
// go.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/text_error.hpp"

namespace herdgate {

struct text_template {
    struct piece {
        std::string literal;  ///< comes first
        std::size_t capture =
            no_capture;  ///< index into the route pattern's captures; comes after the literal
    };
    static constexpr std::size_t no_capture = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_length = 16 * 1024;  ///< bytes of a template's text

    std::vector<piece> pieces;  ///< only the last may lack a capture; none at all: the empty text
    std::string source;         ///< as written in the file, for messages

    bool is_literal() const noexcept {
        return pieces.empty() || (pieces.size() == 1 && pieces.front().capture == no_capture);
    }

    /// The text before the first capture.
    std::string_view head() const noexcept {
        return pieces.empty() ? std::string_view{} : std::string_view{pieces.front().literal};
    }
};

/// Reads a template: {name} is the capture of that name, {{ and }} are literal braces. `names`: the
/// captures of the route's pattern, in order. The error's offset is a byte of `text`.
boost::system::result<text_template, text_error> parse_template(
    std::string_view text, const std::vector<std::string>& names);

}  // namespace herdgate
