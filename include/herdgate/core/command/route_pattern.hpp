// SPDX-License-Identifier: Apache-2.0
//
// route_pattern: which keys a route claims, and what it captures from them. The whole key must
// match, byte for byte.
//
//   product:{id}          {x} takes one segment: one byte at least, up to the first byte of the
//   literal that follows it. At the
//                         end of the pattern it takes what is left, which must hold no ':'. So
//                         product:1:2 is not claimed here.
//   file:{path*}          {x*} takes the rest: one byte at least, any bytes. It ends the pattern.
//   {{ and }}             literal braces.
//   regex:item-(?P<id>\d+)   RE2, anchored at both ends, on bytes (not code points); its named
//   groups are the captures. A group
//                         that took no part captures the empty text.
//
// Matching never goes back: it is linear in the key's length. Patterns are immutable, cheap to copy
// and may be used by many threads. A default-constructed pattern claims nothing.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/text_error.hpp"

namespace herdgate {

/// What a pattern captured, in the order of its names. Views into the key.
using captures = std::vector<std::string_view>;

class key_regex;

class route_pattern {
  public:
    static constexpr std::size_t max_length = 1024;  ///< bytes of a pattern's text
    static constexpr std::size_t max_captures = 16;

    /// Reads a pattern's text. The error's offset is a byte of `text`.
    static boost::system::result<route_pattern, text_error> parse(std::string_view text);

    /// Whether the pattern claims `key`. Fills `out` with views into `key`, one for each name;
    /// clears it if the answer is no. Allocates nothing where `out` has the capacity (a regular
    /// expression may, inside RE2).
    bool match(std::string_view key, captures& out) const;

    /// The same where the captures are of no interest.
    bool match(std::string_view key) const;

    /// Why the pattern does not claim `key`, for people; empty if it does.
    std::string why_not(std::string_view key) const;

    /// The captures' names, in order.
    const std::vector<std::string>& names() const noexcept { return names_; }

    /// What every claimed key starts with; may be empty.
    std::string_view literal_prefix() const noexcept { return prefix_; }

    /// The text it was made from.
    std::string_view source() const noexcept { return source_; }

    /// True only if every key that `other` claims is claimed by this pattern too. May be false
    /// where that is so.
    bool covers(const route_pattern& other) const;

  private:
    /// A capture, and the literal text after it.
    struct segment {
        bool rest = false;
        std::string literal;
        bool operator==(const segment&) const = default;
    };
    enum class verdict {
        claimed,
        wrong_prefix,
        empty_capture,
        no_literal,
        wrong_literal,
        colon,
        left_over,
        regex
    };
    struct outcome {
        verdict what = verdict::claimed;
        std::size_t segment = 0;  ///< where it ended
    };
    friend class pattern_parser;

    outcome walk(std::string_view key, captures* out) const;

    std::string source_;
    std::string prefix_;
    std::vector<segment> segments_;
    std::vector<std::string> names_;
    std::shared_ptr<const key_regex> regex_;
};

}  // namespace herdgate
