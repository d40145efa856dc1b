// SPDX-License-Identifier: Apache-2.0
//
// Feeds a stream of requests to a request_parser as a session does, cut into slices at given
// places, and writes down what came out. Each call sees a fresh heap block of exactly the bytes
// that arrived: a moved buffer, and a trap for the address sanitizer behind its last byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/resp/request_parser.hpp"

namespace herdgate::test {

struct request_outcome {
    resp::parse_status status = resp::parse_status::need_more;
    std::size_t consumed = 0;       // of complete and skip
    std::vector<std::string> args;  // of complete
    std::string error;
    bool operator==(const request_outcome&) const = default;
};

/// `cuts` ascend and are within the stream. The last outcome is need_more or error.
inline std::vector<request_outcome> feed_requests(std::string_view stream,
                                                  const std::vector<std::size_t>& cuts,
                                                  const resp::request_limits& limits = {}) {
    using resp::parse_status;
    std::vector<request_outcome> outcomes;
    resp::request_parser parser{limits};
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const std::size_t end = i < cuts.size() ? cuts[i] : stream.size();
        while (true) {
            const std::vector<char> block(stream.begin() + static_cast<std::ptrdiff_t>(begin),
                                          stream.begin() + static_cast<std::ptrdiff_t>(end));
            request_outcome outcome{parser.parse({block.data(), block.size()}), 0, {}, {}};
            HERDGATE_ASSERT(parser.in_request() ==
                            (outcome.status == parse_status::need_more && begin < end));
            if (outcome.status == parse_status::need_more) {
                HERDGATE_ASSERT(parser.wanted() > 0);
                break;
            }
            if (outcome.status == parse_status::error) {
                outcome.error = parser.error();
                outcomes.push_back(outcome);
                return outcomes;
            }
            outcome.consumed = parser.consumed();
            HERDGATE_ASSERT(outcome.consumed > 0 && outcome.consumed <= block.size());
            if (outcome.status == parse_status::complete)
                outcome.args.assign(parser.args().begin(), parser.args().end());
            outcomes.push_back(outcome);
            begin += outcome.consumed;
        }
    }
    outcomes.emplace_back();
    return outcomes;
}

inline std::vector<std::size_t> every_byte(std::size_t size) {
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 0; cut < size; ++cut) cuts.push_back(cut);
    return cuts;
}

/// Cuts that follow from a seed: slices of 1 to 16 bytes, so that most inputs are cut in many
/// places.
inline std::vector<std::size_t> cuts_from(std::size_t seed, std::size_t size) {
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < size; at += 1 + (seed >> 16) % 16) {
        cuts.push_back(at);
        seed = (seed * 1103515245 + 12345) & 0xffffffff;
    }
    return cuts;
}

}  // namespace herdgate::test
