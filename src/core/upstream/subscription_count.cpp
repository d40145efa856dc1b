// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/subscription_count.hpp"

#include <algorithm>

#include "herdgate/core/resp/reply_cursor.hpp"

namespace herdgate {
namespace {

std::string_view first_word(std::string_view frame) {
    resp::reply_cursor reply{frame};
    return reply.next().text();
}

}  // namespace

bool subscription_count::confirms(std::string_view frame, reply_shape s) noexcept {
    if (frame.front() != '*' && frame.front() != '>') return false;
    const std::string_view word = first_word(frame);
    switch (s) {
        case reply_shape::channel:
            return word == "subscribe" || word == "unsubscribe";
        case reply_shape::pattern:
            return word == "psubscribe" || word == "punsubscribe";
        case reply_shape::shard:
            return word == "ssubscribe" || word == "sunsubscribe";
        case reply_shape::one:
        case reply_shape::transaction:
            break;
    }
    return false;
}

bool subscription_count::is_unasked(std::string_view frame, reply_shape s) const noexcept {
    if (frame.front() == '>') return !confirms(frame, s);
    if (frame.front() != '*' || !any()) return false;
    const std::string_view word = first_word(frame);
    return word == "message" || word == "pmessage" || word == "smessage";
}

std::size_t subscription_count::frames(reply_shape s, std::size_t names) const noexcept {
    if (s == reply_shape::one || s == reply_shape::transaction) return 1;
    if (names > 0) return names;
    const std::size_t all = s == reply_shape::channel   ? channels_
                            : s == reply_shape::pattern ? patterns_
                                                        : shards_;
    return std::max<std::size_t>(1, all);
}

/// Redis tells how many channels and patterns together there are after each.
void subscription_count::take(std::string_view frame) noexcept {
    resp::reply_cursor reply{frame};
    const std::string_view word = reply.next().text();
    reply.next();
    const auto total = static_cast<std::size_t>(reply.next().integer().value_or(0));
    if (word == "ssubscribe" || word == "sunsubscribe")
        shards_ = total;
    else if (word.starts_with('p'))
        patterns_ = total - std::min(total, channels_);
    else
        channels_ = total - std::min(total, patterns_);
}

}  // namespace herdgate
