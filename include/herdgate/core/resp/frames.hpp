// SPDX-License-Identifier: Apache-2.0
//
// frames: complete replies that lie one behind the other.
#pragma once

#include <string_view>
#include <vector>

namespace herdgate::resp {

/// Each of them, in place; what is no complete reply at the end is left out.
std::vector<std::string_view> split_frames(std::string_view bytes);

/// The elements of an array or a push, one behind the other, and what follows it.
inline std::string_view behind_header(std::string_view frame) {
    return frame.substr(frame.find('\n') + 1);
}

}  // namespace herdgate::resp
