// SPDX-License-Identifier: Apache-2.0
//
// reply_cursor: reads one value of a complete RESP2 frame where it lies, without building a tree.
//
//     reply_cursor reply{frame};                  // *3  $7 granted  $-1  :12
//     reply.next().text();                        // granted
//     reply.next().is(reply_kind::null);          // true
//     reply.next().integer();                     // 12
//     reply.next().exists();                      // false
//
// Promises: nothing is copied or allocated; no recursion; whatever the shape, no call is undefined:
// asking a value for what it is not gives the empty answer of that question, and so does a value
// that is not there (past the end, or in bytes that are no frame). next() costs the size of the
// element that it passes, also when that is a tree that nobody looks into.
//
// The frame is one that reply_parser found complete and stays put while the cursor, or a view from
// it, is used. Of RESP3 it knows the push; every other type reads as a value that is not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "herdgate/core/resp/reply_parser.hpp"

namespace herdgate::resp {

class reply_cursor {
  public:
    /// Of no value.
    reply_cursor() = default;

    /// Of the value that is all of `frame`.
    explicit reply_cursor(std::string_view frame) noexcept;

    /// False: there is no such value; kind() is null then.
    bool exists() const noexcept { return !frame_.empty(); }

    reply_kind kind() const noexcept { return kind_; }
    bool is(reply_kind kind) const noexcept { return exists() && kind_ == kind; }

    /// Of a bulk, a simple string or an error (without '-'): its bytes. Empty for the others.
    std::string_view text() const noexcept { return text_; }

    /// Of an integer.
    std::optional<std::int64_t> integer() const noexcept;

    /// Of an array or a push: how many elements it has. 0 for the others.
    std::size_t array_size() const noexcept { return size_; }

    /// Of an array or a push: the next element, passed with all that is in it. After the last one,
    /// and for the others: a value that is not there.
    reply_cursor next() noexcept;

    /// The value as it is on the wire, with all that is in it: it can be passed on.
    std::string_view frame() const noexcept { return frame_; }

  private:
    std::string_view frame_;
    std::string_view text_;
    std::string_view rest_;  ///< the elements not yet passed
    std::int64_t number_ = 0;
    std::size_t size_ = 0;
    std::size_t left_ = 0;  ///< elements in rest_
    reply_kind kind_ = reply_kind::null;
};

}  // namespace herdgate::resp
