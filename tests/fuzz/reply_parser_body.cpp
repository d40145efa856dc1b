// SPDX-License-Identifier: Apache-2.0
//
// Replies fed whole, in slices and byte by byte come to the same, and hiredis finds the same end of
// what is RESP2. The first byte chooses the slices and, by its lowest bit, the limits; the rest is
// the stream.
#include "bodies.hpp"
#include "support/feed_replies.hpp"
#include "support/feed_requests.hpp"
#include "support/hiredis_oracle.hpp"

namespace herdgate::fuzz {

int reply_parser(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
    resp::reply_limits limits;
    if ((data[0] & 1) != 0)
        limits = {.nesting = test::hiredis_nesting, .bulk_bytes = 16, .elements = 8};

    const auto whole = test::feed_replies(stream, {}, limits);
    HERDGATE_ASSERT(whole == test::feed_replies(
                                 stream, test::cuts_from(data[0] * 7919U, stream.size()), limits));
    HERDGATE_ASSERT(whole == test::feed_replies(stream, test::every_byte(stream.size()), limits));
    for (const auto& outcome : whole) {
        const std::string_view frame = stream.substr(0, outcome.consumed);
        stream.remove_prefix(outcome.consumed);
        resp::reply_parser shallow{{.nesting = test::hiredis_nesting}};
        if (frame.empty() || shallow.parse(frame) != resp::parse_status::complete) continue;
        HERDGATE_ASSERT(test::ask_hiredis(frame) != test::oracle_verdict::disagrees);
    }
    return 0;
}

}  // namespace herdgate::fuzz
