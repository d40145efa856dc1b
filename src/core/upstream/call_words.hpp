// SPDX-License-Identifier: Apache-2.0
//
// Numbers as the scripts take them.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

/// "For ever" and everything near it.
inline constexpr milliseconds longest{std::chrono::hours{24 * 3650}};

inline std::string hexadecimal(std::uint64_t number) {
    char digits[16];
    return {digits, std::to_chars(digits, digits + sizeof(digits), number, 16).ptr};
}

inline std::string decimal(milliseconds span) {
    return std::to_string(std::min(span, longest).count());
}

inline std::string decimal(redis_time moment) {
    return std::to_string(moment.time_since_epoch().count());
}

}  // namespace herdgate
