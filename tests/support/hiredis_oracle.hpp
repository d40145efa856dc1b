// SPDX-License-Identifier: Apache-2.0
//
// What hiredis' redisReader says of a reply that reply_parser found complete. hiredis 0.14 knows
// RESP2 only and is lax (it does not check the line end of a bulk), so only what we accept is
// compared, to a depth of 7, never what we refuse.
#pragma once

#include <hiredis/hiredis.h>

#include <string_view>

namespace herdgate::test {

enum class oracle_verdict { agrees, disagrees, outside };  // outside: not RESP2

inline oracle_verdict ask_hiredis(std::string_view frame) {
    const auto read = [](std::string_view bytes, bool& whole) {
        redisReader* reader = redisReaderCreate();
        redisReaderFeed(reader, bytes.data(), bytes.size());
        void* reply = nullptr;
        const bool valid = redisReaderGetReply(reader, &reply) == REDIS_OK;
        whole = valid && reply != nullptr;
        if (reply != nullptr) freeReplyObject(reply);
        // hiredis says: Protocol error, got "%" as reply type byte
        const std::string_view error{reader->errstr};
        const std::size_t at = error.find("got \"");
        const bool resp3 =
            !valid && at != std::string_view::npos &&
            std::string_view{"_#,(!=%~>|"}.find(error[at + 5]) != std::string_view::npos;
        redisReaderFree(reader);
        return valid   ? oracle_verdict::agrees
               : resp3 ? oracle_verdict::outside
                       : oracle_verdict::disagrees;
    };
    bool whole = false;
    if (const oracle_verdict verdict = read(frame, whole); verdict != oracle_verdict::agrees)
        return verdict;
    if (!whole) return oracle_verdict::disagrees;
    const oracle_verdict verdict = read(frame.substr(0, frame.size() - 1), whole);
    return verdict == oracle_verdict::agrees && whole ? oracle_verdict::disagrees : verdict;
}

inline constexpr std::size_t hiredis_nesting = 7;

}  // namespace herdgate::test
