// SPDX-License-Identifier: Apache-2.0
//
// The Lua scripts that change entries and places in Redis. Each changes one key in one step; see
// lua/*.lua for what each does, docs/entry_format.md for the whole.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace herdgate {

enum class script : std::uint8_t {
    acquire,
    renew,
    fill,
    fail,
    release,
    invalidate,
    swap,
    outdate,
    slide,
    enter,
    leave,
};
inline constexpr std::size_t script_count = 11;

std::string_view source_of(script s) noexcept;

}  // namespace herdgate
