// SPDX-License-Identifier: Apache-2.0
//
// The one hash for keys: XXH3 with a seed that differs in every process, since clients choose the
// keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace herdgate {

/// Source: https://github.com/Cyan4973/xxHash
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) noexcept;

}  // namespace herdgate
