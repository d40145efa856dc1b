// SPDX-License-Identifier: Apache-2.0
//
// worker_reply: what a program that is kept running (load.command.mode: worker) is sent and what it
// answers. One request, then one answer. Lengths are bytes in decimal; bytes are any bytes, and
// nothing follows them.
//
//     request   LENGTH\n BYTES            the key
//     answer    ok LENGTH\n BYTES         the value
//               absent\n                  the key does not exist
//               error REASON\n            printable text, for people
//
// So a shell reads a line, then `head -c LENGTH`; Python reads a line, then read(LENGTH).
//
// The reader takes bytes as they come, keeps no more than have come and no more than the largest
// value, and looks at each byte once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "herdgate/core/fill/loader.hpp"

namespace herdgate {

std::string worker_request(std::string_view key);

class worker_reply_reader {
  public:
    static constexpr std::size_t line_bytes_max = 512;  ///< an answer's first line

    enum class state : std::uint8_t {
        more,     ///< the answer is not complete
        done,     ///< take() it
        garbage,  ///< not an answer, or more than one; nothing after it can be trusted
    };

    explicit worker_reply_reader(std::size_t value_max) : value_max_(value_max) {}

    /// More bytes. Once done or garbage, any further byte is garbage.
    state feed(std::string_view bytes);

    state now() const noexcept { return state_; }

    /// Whether a byte of the answer has come.
    bool begun() const noexcept { return in_value_ || !line_.empty(); }

    /// When done: the answer. When garbage: an error that says why. Begins anew.
    load_result take();

  private:
    void read_line();
    state refuse(std::string reason);

    std::size_t value_max_;
    state state_ = state::more;
    std::string line_;
    bool in_value_ = false;
    std::size_t left_ = 0;  ///< bytes of the value that have not come
    std::string value_;
    load_result result_;
};

}  // namespace herdgate
