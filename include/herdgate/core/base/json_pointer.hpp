// SPDX-License-Identifier: Apache-2.0
//
// json_pointer: JSON as it lies in a text (RFC 8259), and how to point into it (RFC 6901). Nothing
// is built from it: a value is the piece of the text that it stands in, so numbers keep their
// digits and strings their escapes, and memory is that of the text.
//
// Everything but is_json() and pointer_problem() wants a text that is_json() has said yes to, or a
// piece of one. Nothing recurses: depth costs no stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "herdgate/core/base/text_error.hpp"

namespace herdgate::json {

/// Whether a text is one JSON value and nothing else: UTF-8, no byte order mark, blanks around it.
bool is_json(std::string_view text);

/// Whether bytes can be the characters of a string: UTF-8.
bool is_text(std::string_view bytes);

/// What is wrong with a pointer's text; nothing if it is usable. "" points to the whole document.
std::optional<text_error> pointer_problem(std::string_view pointer);

enum class kind : std::uint8_t { null, boolean, number, text, array, object };

/// What a value is; blanks before it do not matter.
kind kind_of(std::string_view value);

/// What a usable pointer points to: without blanks around it. Of members of one name, the first.
std::optional<std::string_view> find(std::string_view document, std::string_view pointer);

/// A value as bytes: a string's characters as UTF-8; anything else as its text without blanks
/// between tokens.
std::string bytes_of(std::string_view value);

/// Goes through the members of an object or the elements of an array, in their order.
class elements {
  public:
    /// Of a value that is neither, there are none.
    explicit elements(std::string_view container);

    /// Takes the next; false if there is none.
    bool next();

    std::string name() const { return bytes_of(name_); }  ///< of an object's member
    std::string_view value() const noexcept { return value_; }

  private:
    std::string_view left_;
    bool named_ = false;
    std::string_view name_;  ///< in quotes
    std::string_view value_;
};

}  // namespace herdgate::json
