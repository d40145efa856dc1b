// SPDX-License-Identifier: Apache-2.0
//
// Writes a command for an upstream Redis: an array of bulks.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "herdgate/core/resp/writer.hpp"

namespace herdgate::resp {

inline void write_command(std::string& out, std::span<const std::string_view> words) {
    write_array(out, words.size());
    for (const std::string_view word : words) write_bulk(out, word);
}

inline std::string command(std::initializer_list<std::string_view> words) {
    std::string out;
    write_command(out, {words.begin(), words.size()});
    return out;
}

}  // namespace herdgate::resp
