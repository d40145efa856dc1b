// SPDX-License-Identifier: Apache-2.0
//
// Limits that are not configured. Each has a test at the limit and one past it.
#pragma once

#include <cstddef>

namespace herdgate::limits {

inline constexpr std::size_t inline_bytes = 64 * 1024;  ///< an inline command, as in Redis
inline constexpr std::size_t length_line_bytes = 32;    ///< "*123\r\n", "$123\r\n"
inline constexpr std::size_t arguments = 1024 * 1024;   ///< of one command, as in Redis 6
inline constexpr std::size_t reply_nesting = 128;       ///< arrays within arrays
inline constexpr std::size_t passed_nesting = 65'536;   ///< likewise, of replies passed on: Lua's
inline constexpr std::size_t bulk_bytes = 512 * 1024 * 1024;  ///< Redis's proto-max-bulk-len

inline constexpr std::size_t preauth_arguments = 10;  ///< before AUTH, as in Redis
inline constexpr std::size_t preauth_bulk_bytes = 16 * 1024;
inline constexpr std::size_t preauth_watermark = 64 * 1024;  ///< unread; reading pauses beyond

inline constexpr std::size_t databases = 16;            ///< SELECT 0..15
inline constexpr std::size_t pending_replies = 10'000;  ///< of one client; reading pauses beyond
inline constexpr std::size_t output_watermark =
    1024 * 1024;                                ///< bytes of one client; reading pauses beyond
inline constexpr std::size_t spare_links = 64;  ///< to Redis, of one worker, for clients to come
inline constexpr std::size_t routed_key_bytes = 1024;     ///< a longer key is never loaded
inline constexpr std::size_t reason_bytes = 200;          ///< of a failed load's reason
inline constexpr std::size_t batch_url_bytes = 6 * 1024;  ///< of the ids in the URL of a batch

/// Keys that one client loads itself at a time, as far as they are noted.
inline constexpr std::size_t client_leads = 1024;

}  // namespace herdgate::limits
