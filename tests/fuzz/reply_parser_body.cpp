// SPDX-License-Identifier: Apache-2.0
//
// Replies fed whole, in slices and byte by byte come to the same, and hiredis finds the same end of
// what is RESP2, as does a reply_cursor that walks through all of it. The first byte chooses the
// slices and, by its lowest bit, the limits; the rest is the stream.
#include "bodies.hpp"
#include "herdgate/core/resp/reply_cursor.hpp"
#include "support/feed_replies.hpp"
#include "support/feed_requests.hpp"
#include "support/hiredis_oracle.hpp"

namespace herdgate::fuzz {
namespace {

/// How many of the elements, at any depth, are not there.
std::size_t missing(resp::reply_cursor value) {
    std::size_t none = value.exists() ? 0 : 1;
    std::string_view last;
    for (std::size_t i = 0; i < value.array_size(); ++i) {
        const resp::reply_cursor element = value.next();
        none += missing(element);
        last = element.frame();
    }
    HERDGATE_ASSERT(!value.next().exists());
    HERDGATE_ASSERT(last.empty() || last.end() <= value.frame().end());
    return none;
}

}  // namespace

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
        missing(resp::reply_cursor{stream});  // more than a frame, or less
        stream.remove_prefix(outcome.consumed);
        resp::reply_parser shallow{{.nesting = test::hiredis_nesting}};
        if (frame.empty() || shallow.parse(frame) != resp::parse_status::complete) continue;
        const test::oracle_verdict verdict = test::ask_hiredis(frame);
        HERDGATE_ASSERT(verdict != test::oracle_verdict::disagrees);
        HERDGATE_ASSERT(verdict != test::oracle_verdict::agrees ||
                        missing(resp::reply_cursor{frame}) == 0);
    }
    return 0;
}

}  // namespace herdgate::fuzz
