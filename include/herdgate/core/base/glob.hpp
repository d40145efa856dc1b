// SPDX-License-Identifier: Apache-2.0
//
// glob_match: Redis's key patterns, as KEYS and SCAN take them: * ? [abc] [^a] [a-z] \x. Same
// answers as Redis 7.0, oddities included: an unclosed [ ends with the pattern, a lone \ at the end
// stands for itself, ranges compare bytes as signed, and nothing but the empty pattern matches the
// empty string. Spec: https://redis.io/commands/keys/
//
// Allocates nothing and does not recurse: only the last * is ever tried again, so the time is at
// most pattern times text. Patterns come from clients; several stars must not multiply.
#pragma once

#include <string_view>

namespace herdgate {

bool glob_match(std::string_view pattern, std::string_view text) noexcept;

}  // namespace herdgate
