// SPDX-License-Identifier: Apache-2.0
//
// answer_terms: what an answer's headers mean for the entry that is made of it.
//
//     header                                    becomes
//     ----------------------------------------
//     ----------------------------------------------------- Cache-Control: s-maxage, else max-age,
//     ttl, less Age (RFC 9111, section 4.2)
//       else Expires less Date
//     … stale-while-revalidate, stale-if-error  the stale windows (RFC 5861)
//     … no-cache                                ttl 0 and no stale windows, unless stale-if-error
//     is
//                                               given beside it
//     … must-revalidate, proxy-revalidate       no stale windows
//     … private, no-store; Vary: *              not storable: the cache is shared
//     ETag, Last-Modified                       validators
//     Surrogate-Key (blanks between names),     tags
//       Cache-Tag (commas), xkey (both)
//
// Freshness is never guessed (no heuristics from Last-Modified): what the origin does not say is
// the route's affair. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/fill/loader.hpp"
#include "herdgate/core/http/answer_headers.hpp"

namespace herdgate {

inline constexpr std::size_t answer_tags_max = 64;
inline constexpr std::size_t answer_tag_bytes_max = 256;
inline constexpr std::size_t validator_bytes_max = 256;
inline constexpr milliseconds answer_life_max = std::chrono::hours{24 * 365};  ///< as in settings
inline constexpr milliseconds retry_after_max = std::chrono::hours{24};

/// What a route wants to know of its answers. Tags are always read.
struct answer_wishes {
    bool freshness = false;   ///< cache_control: honour
    bool validators = false;  ///< revalidate: true
};

/// `now`: seconds since the Unix epoch on the wall clock; used where the answer has no Date.
load_terms read_terms(const answer_headers& headers, const answer_wishes& wishes, std::int64_t now);

/// Retry-After: seconds from now, or a date. None if it is neither; at most retry_after_max.
std::optional<milliseconds> read_retry_after(const answer_headers& headers, std::int64_t now);

}  // namespace herdgate
