// SPDX-License-Identifier: Apache-2.0
//
// subscription_count: how many channels a connection to Redis is subscribed to, by what Redis says
// when they change; so it is known how many frames answer the next command of the family.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace herdgate {

/// What answers a command.
enum class reply_shape : std::uint8_t {
    one,          ///< one frame
    channel,      ///< SUBSCRIBE, UNSUBSCRIBE: a frame for each name
    pattern,      ///< PSUBSCRIBE, PUNSUBSCRIBE
    shard,        ///< SSUBSCRIBE, SUNSUBSCRIBE
    transaction,  ///< EXEC: an array, and what does not fit in (exec_frames.hpp)
};

class subscription_count {
  public:
    /// Whether a frame is part of the answer to a command of that shape.
    static bool confirms(std::string_view frame, reply_shape s) noexcept;

    /// Whether the frame has been asked for by nobody: a push of RESP3 that is no confirmation of
    /// shape `s`; in RESP2 a message, while something is subscribed.
    bool is_unasked(std::string_view frame, reply_shape s) const noexcept;

    /// How many frames answer a command with `names` words behind its own name.
    std::size_t frames(reply_shape s, std::size_t names) const noexcept;

    /// Learns from a confirmation.
    void take(std::string_view frame) noexcept;

    bool any() const noexcept { return channels_ + patterns_ + shards_ > 0; }

  private:
    std::size_t channels_ = 0;
    std::size_t patterns_ = 0;
    std::size_t shards_ = 0;
};

}  // namespace herdgate
