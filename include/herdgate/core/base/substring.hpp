// SPDX-License-Identifier: Apache-2.0
//
// The part of a string that GETRANGE and SUBSTR mean. Spec: https://redis.io/commands/getrange/
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace herdgate {

/// The bytes from `first` to `last`, both included; negative positions count from the end.
/// Positions beyond the string are cut to it; what lies wholly outside is empty.
inline std::string_view substring(std::string_view text, std::int64_t first,
                                  std::int64_t last) noexcept {
    const auto size = static_cast<std::int64_t>(text.size());
    if (first < 0 && last < 0 && first > last) return {};
    if (first < 0) first = std::max<std::int64_t>(size + first, 0);
    if (last < 0) last = std::max<std::int64_t>(size + last, 0);
    last = std::min(last, size - 1);
    if (first > last || size == 0) return {};
    return text.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1));
}

}  // namespace herdgate
