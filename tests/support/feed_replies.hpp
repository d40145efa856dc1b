// SPDX-License-Identifier: Apache-2.0
//
// As feed_requests.hpp, for the reply_parser.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/resp/reply_parser.hpp"

namespace herdgate::test {

struct reply_outcome {
    resp::parse_status status = resp::parse_status::need_more;
    std::size_t consumed = 0;                        // of complete
    resp::reply_kind kind = resp::reply_kind::null;  // of complete
    std::string error;
    bool operator==(const reply_outcome&) const = default;
};

/// `cuts` ascend and are within the stream. The last outcome is need_more or error.
inline std::vector<reply_outcome> feed_replies(std::string_view stream,
                                               const std::vector<std::size_t>& cuts,
                                               const resp::reply_limits& limits = {}) {
    using resp::parse_status;
    std::vector<reply_outcome> outcomes;
    resp::reply_parser parser{limits};
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const std::size_t end = i < cuts.size() ? cuts[i] : stream.size();
        while (true) {
            const std::vector<char> block(stream.begin() + static_cast<std::ptrdiff_t>(begin),
                                          stream.begin() + static_cast<std::ptrdiff_t>(end));
            reply_outcome outcome;
            outcome.status = parser.parse({block.data(), block.size()});
            HERDGATE_ASSERT(outcome.status != parse_status::skip);
            HERDGATE_ASSERT(parser.in_reply() ==
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
            outcome.kind = parser.kind();
            HERDGATE_ASSERT(outcome.consumed > 0 && outcome.consumed <= block.size());
            outcomes.push_back(outcome);
            begin += outcome.consumed;
        }
    }
    outcomes.emplace_back();
    return outcomes;
}

}  // namespace herdgate::test
