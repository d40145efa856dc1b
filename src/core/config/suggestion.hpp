// SPDX-License-Identifier: Apache-2.0
//
// "did you mean": the name nearest to what was written.
#pragma once

#include <span>
#include <string_view>

namespace herdgate {

/// The number of insertions, deletions, replacements and swaps of neighbours between two texts
/// (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `names`, if it is near enough to be meant; else empty.
std::string_view nearest(std::string_view written, std::span<const std::string_view> names);

}  // namespace herdgate
