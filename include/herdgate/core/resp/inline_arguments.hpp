// SPDX-License-Identifier: Apache-2.0
//
// Splits an inline command (a line typed by a person or a probe) into arguments, as Redis's
// sdssplitargs. The one difference: a NUL byte is an ordinary byte here; Redis never finds the end
// of a line that holds one.
//
//     SET greeting "hello\x20world\n" 'it\'s'      ->  SET | greeting | hello world<LF> | it's
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace herdgate::resp {

/// A part of a buffer, by offset: it stays true when the buffer moves.
struct byte_range {
    std::size_t offset = 0;
    std::size_t size = 0;
};

/// Appends each argument's bytes to `storage` and its place there to `arguments`. `line` has no
/// line end. False when a quote is not closed, or is closed in the middle of a word; both outputs
/// then hold an unspecified part. `storage` grows by at most line.size() bytes.
[[nodiscard]] bool split_inline(std::string_view line, std::string& storage,
                                std::vector<byte_range>& arguments);

}  // namespace herdgate::resp
