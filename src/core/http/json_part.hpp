// SPDX-License-Identifier: Apache-2.0
//
// json_part: takes a parser's events and keeps the one value that a pointer points to.
//
//     events ──►  on the path to the value?  ──►  no: skipped, only the depth is counted
//                 path_: the open containers      yes, and the path is complete: written to text_
//                 that the pointer goes through
//
// No tree is built: memory is that of the value. Of members of one name the last counts, as with
// most readers of JSON. The names of events are Boost.JSON's (boost::json::basic_parser).
#pragma once

#include <boost/json/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herdgate {

class json_part {
  public:
    enum class kind : std::uint8_t { missing, null, value };

    using error_code = boost::json::error_code;
    using text = boost::json::string_view;
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    explicit json_part(std::string_view pointer);

    kind found() const noexcept { return found_; }
    /// A string's characters, or the value's text without blanks between tokens.
    std::string take() { return std::move(text_); }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open('{'); }
    bool on_object_end(std::size_t, error_code&) { return close('}'); }
    bool on_array_begin(error_code&) { return open('['); }
    bool on_array_end(std::size_t, error_code&) { return close(']'); }
    bool on_key_part(text part, std::size_t, error_code&) { return key(part); }
    bool on_key(text part, std::size_t, error_code&);
    bool on_string_part(text part, std::size_t, error_code&) { return string(part); }
    bool on_string(text part, std::size_t, error_code&);
    bool on_number_part(text part, error_code&) { return number(part); }
    bool on_int64(std::int64_t, text part, error_code&) { return end_number(part); }
    bool on_uint64(std::uint64_t, text part, error_code&) { return end_number(part); }
    bool on_double(double, text part, error_code&) { return end_number(part); }
    bool on_bool(bool value, error_code&) { return word(value ? "true" : "false", kind::value); }
    bool on_null(error_code&) { return word("null", kind::null); }
    bool on_comment_part(text, error_code&) { return true; }
    bool on_comment(text, error_code&) { return true; }

  private:
    struct token {
        std::string name;
        std::optional<std::size_t> index;  ///< if it can be that of an element
    };
    struct level {
        bool is_array = false;
        std::size_t next = 0;  ///< index of the next element
        bool key_matches = false;
    };

    bool open(char bracket);
    bool close(char bracket);
    bool key(text part);
    bool string(text part);
    bool number(text part);
    bool end_number(text part);
    bool word(std::string_view spelling, kind what);
    bool begin_value();
    void comma();
    void escape(text part);

    std::vector<token> pointer_;
    std::vector<level> path_;
    std::size_t skipped_ = 0;   ///< open containers off the path
    std::size_t captured_ = 0;  ///< open containers within the value, itself included
    std::string key_;           ///< of the member that comes
    bool on_path_ = false;      ///< the value that began last is on the path
    bool in_key_ = false;       ///< within the value: its opening quote is written
    bool in_scalar_ = false;    ///< a part of a string or a number has come
    bool on_value_ = false;     ///< that string or number is the value or in it
    kind found_ = kind::missing;
    std::string text_;
};

}  // namespace herdgate
