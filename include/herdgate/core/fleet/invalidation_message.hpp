// SPDX-License-Identifier: Apache-2.0
//
// invalidation_message: what anybody may publish on the invalidation channel, one flat JSON object:
//
//     {"key": "K"}  {"keys": ["K", …]}  {"route": "NAME"}       one of these, and no other
//     "db": N                                                   default: the upstream's database
//     "mode": "delete" | "stale" | "refresh"                    default: the route's `invalidate`
//
// Strict, as anybody may send it: an unknown or repeated member, another type, a key that is empty
// or too long refuse the whole message. Pure; what it keeps is bounded by the limits below.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/config/config.hpp"

namespace herdgate {

inline constexpr std::size_t invalidation_bytes_max = std::size_t{1} << 20U;
inline constexpr std::size_t invalidation_keys_max = 10'000;
inline constexpr std::size_t invalidation_key_bytes_max = std::size_t{64} << 10U;

struct invalidation_message {
    std::vector<std::string> keys;
    std::string route;  ///< exactly one of keys, route and tag is set
    std::string tag;
    std::optional<std::uint16_t> database;
    std::optional<route_policy::invalidation> mode;
};

/// Why a message is refused. The texts are for the log and hold nothing of the message.
enum class invalidation_refusal : std::uint8_t {
    malformed,  ///< no JSON, or not of this shape
    too_large,  ///< beyond one of the limits
};

boost::system::result<invalidation_message, invalidation_refusal> parse_invalidation(
    std::string_view text);

std::string_view describe(invalidation_refusal why) noexcept;

/// The message that says that all that has a tag is gone, or stale.
std::string message_of_tag(std::string_view tag, bool stale);

}  // namespace herdgate
