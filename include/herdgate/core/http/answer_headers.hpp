// SPDX-License-Identifier: Apache-2.0
//
// answer_headers: of the headers of an answer, those that say something about the value beside it.
// Fed with lines as they come in; keeps the last answer's (1xx answers come before it, trailers
// after it: neither counts). Lists that come in several lines are joined (RFC 9110, section 5.3);
// of anything else the first line counts.
//
// Bounded: a header's value at answer_header_bytes_max, what is beyond is cut off; all lines
// together at answer_head_bytes_max, past which line() says so.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace herdgate {

inline constexpr std::size_t answer_header_bytes_max = std::size_t{16} << 10U;
inline constexpr std::size_t answer_head_bytes_max = std::size_t{256} << 10U;

enum class answer_header : std::uint8_t {
    age,
    cache_control,
    cache_tag,
    date,
    etag,
    expires,
    last_modified,
    retry_after,
    surrogate_key,
    vary,
    xkey,
};
inline constexpr std::size_t answer_header_count = 11;

class answer_headers {
  public:
    /// A status line, a header's or the blank one at the end, with or without its line end. False:
    /// the lines are too long altogether.
    bool line(std::string_view text);

    /// Empty if the answer has no such header.
    std::string_view get(answer_header which) const noexcept {
        return values_[static_cast<std::size_t>(which)];
    }
    bool has(answer_header which) const noexcept { return !get(which).empty(); }

  private:
    std::array<std::string, answer_header_count> values_;
    std::size_t bytes_ = 0;
    bool ended_ = false;  ///< what comes now are trailers
};

}  // namespace herdgate
