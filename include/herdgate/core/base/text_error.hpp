// SPDX-License-Identifier: Apache-2.0
//
// text_error: what is wrong with a small piece of text (a pattern, a template, a duration), and
// where. The caller knows the file and the line and turns it into a diagnostic.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace herdgate {

struct text_error {
    text_error() = default;
    // No constructor from one text: result<std::string, text_error> must tell a value from an
    // error.
    text_error(std::string what, std::string how, std::size_t where = 0)
        : message(std::move(what)), hint(std::move(how)), offset(where) {}

    std::string message;     ///< starts in lower case, no full stop
    std::string hint;        ///< how to put it right; may be empty
    std::size_t offset = 0;  ///< byte in the text at which it shows
};

}  // namespace herdgate
