// SPDX-License-Identifier: Apache-2.0
//
// exec_frames: which frames answer EXEC, where its transaction subscribes to something. Redis
// announces as many elements as there were commands, and writes a frame for each name; and among
// them what the transaction itself publishes to its client:
//
//   commands     SUBSCRIBE a b    PUBLISH a hi               GET k
//   Redis 7.0    *3 │ [subscribe a 1]  [subscribe b 2]  [message a hi] │ :1   $1 v
//                     the array, by its count                            two more frames
//
// The frames of one command, an error in place of them, and unasked ones are told apart as outside
// of a transaction.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "herdgate/core/upstream/subscription_count.hpp"

namespace herdgate {

class exec_frames {
  public:
    /// Redis has queued a command.
    void queued(reply_shape s, std::size_t names);

    /// The array is not all, or not only, what the transaction's commands say.
    bool odd(const subscription_count& now) const noexcept {
        return !subscribing_.empty() || now.any();
    }

    /// EXEC's array, then each frame behind it. True: that was the last one.
    bool take(std::string_view frame, subscription_count& now);

    /// Which frame answers a command, of all: the elements of the array and those behind it. Both
    /// count from 0. Of a command that subscribes: its first one.
    std::size_t place(std::size_t command) const noexcept;

  private:
    struct subscribing {
        std::size_t command;
        reply_shape s;
        std::size_t names;
    };

    void take_element(std::string_view frame, subscription_count& now);
    const subscribing* current() const noexcept;

    std::size_t size_ = 0;  ///< commands
    std::vector<subscribing> subscribing_;
    std::vector<std::size_t> places_;  ///< of the commands so far
    std::size_t elements_ = 0;         ///< frames so far
    std::size_t next_ = 0;             ///< in subscribing_
    std::size_t left_ = 0;             ///< frames of the command under way
    bool begun_ = false;
};

}  // namespace herdgate
