// SPDX-License-Identifier: Apache-2.0
//
// Requests fed whole, in slices and byte by byte come to the same. The first byte chooses the
// slices and, by its lowest bits, the limits; the rest is the stream.
#include "bodies.hpp"
#include "support/feed_requests.hpp"

namespace herdgate::fuzz {

int request_parser(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view stream{reinterpret_cast<const char*>(data) + 1, size - 1};
    resp::request_limits limits;
    if ((data[0] & 1) != 0)
        limits = {.arguments = 4, .bulk_bytes = 16, .request_bytes = 48, .inline_bytes = 24};
    limits.authenticated = (data[0] & 2) == 0;

    const auto whole = test::feed_requests(stream, {}, limits);
    HERDGATE_ASSERT(whole == test::feed_requests(
                                 stream, test::cuts_from(data[0] * 7919U, stream.size()), limits));
    HERDGATE_ASSERT(whole == test::feed_requests(stream, test::every_byte(stream.size()), limits));
    for (const auto& outcome : whole) {
        HERDGATE_ASSERT(outcome.args.empty() == (outcome.status != resp::parse_status::complete));
        HERDGATE_ASSERT(outcome.consumed <= limits.request_bytes);
        HERDGATE_ASSERT(outcome.error.empty() == (outcome.status != resp::parse_status::error));
    }
    return 0;
}

}  // namespace herdgate::fuzz
