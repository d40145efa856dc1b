// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/pinned_link.hpp"

#include <algorithm>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/resp/reply_cursor.hpp"

namespace herdgate {
namespace {

using shape = pinned_link::shape;

std::string_view first_word(std::string_view frame) {
    resp::reply_cursor reply{frame};
    return reply.next().text();
}

/// Whether a frame is part of the answer to a command of the SUBSCRIBE family.
bool confirms(std::string_view frame, shape s) {
    if (frame.front() != '*' && frame.front() != '>') return false;
    const std::string_view word = first_word(frame);
    switch (s) {
        case shape::channel:
            return word == "subscribe" || word == "unsubscribe";
        case shape::pattern:
            return word == "psubscribe" || word == "punsubscribe";
        case shape::shard:
            return word == "ssubscribe" || word == "sunsubscribe";
        case shape::one:
            break;
    }
    return false;
}

bool is_message(std::string_view frame) {
    const std::string_view word = first_word(frame);
    return word == "message" || word == "pmessage" || word == "smessage";
}

/// +1339518083.107412 [0 127.0.0.1:60866] "keys" "*"
bool is_monitor_line(std::string_view frame) {
    return frame.size() > 1 && frame[0] == '+' && frame[1] >= '0' && frame[1] <= '9';
}

}  // namespace

pinned_link::pinned_link(link_lender& lender, link_lender::login whose, const link_traits& wish,
                         pinned_link_user& user)
    : lender_(lender), user_(user) {
    const link_lender::loan loan = lender.lend(*this, whose, wish);
    link_ = loan.lent;
    traits_ = loan.traits;
    was_up_ = link_->up();
}

pinned_link::~pinned_link() {
    if (link_ == nullptr) return;
    pause(false);
    lender_.give_back(*link_, traits_, clean_);
}

void pinned_link::send(std::string_view command, shape s, std::size_t names) {
    if (!tunnel_) waiting_.push_back({s, names, 0});
    if (!link_->up()) {
        early_ += command;
        return;
    }
    link_->send_unanswered(command);
    lender_.queued(*link_);
}

std::size_t pinned_link::queued() const noexcept {
    return early_.size() + (link_ == nullptr ? 0 : link_->queued());
}

bool pinned_link::subscribed() const noexcept {
    return std::any_of(subscriptions_.begin(), subscriptions_.end(),
                       [](std::size_t n) { return n > 0; });
}

void pinned_link::forget_subscriptions() noexcept {
    subscriptions_ = {};
    monitoring_ = uncounted_ = false;
}

void pinned_link::tunnel() noexcept {
    HERDGATE_ASSERT(waiting_.empty());
    tunnel_ = true;
    if (link_ != nullptr) link_->tunnel();
}

void pinned_link::pause(bool on) {
    if (link_ != nullptr && std::exchange(paused_, on) != on) lender_.pause(*link_, on);
}

void pinned_link::on_link_up(const instant&) {
    was_up_ = true;
    if (early_.empty()) return;
    link_->send_unanswered(std::exchange(early_, {}));
    lender_.queued(*link_);
}

void pinned_link::on_link_down(std::string_view, const instant& now) {
    link& lost = *std::exchange(link_, nullptr);
    waiting_.clear();
    lender_.give_back(lost, traits_, false);
    user_.on_link_lost(was_up_, now);
}

void pinned_link::on_push(std::string_view frame, const instant& now) {
    if (tunnel_ || waiting_.empty() || unasked(frame)) return user_.on_unasked(frame, now);
    expected& oldest = waiting_.front();
    if (oldest.s != shape::one && confirms(frame, oldest.s)) return take_part(oldest, frame, now);
    answer(frame, now);
}

bool pinned_link::unasked(std::string_view frame) const {
    switch (frame.front()) {
        case '>':
            return !confirms(frame, waiting_.front().s);
        case '*':
            return (uncounted_ || subscribed()) && is_message(frame);
        default:
            return monitoring_ && is_monitor_line(frame);
    }
}

void pinned_link::take_part(expected& c, std::string_view frame, const instant& now) {
    if (c.frames == 0 && c.names == 0)
        c.names =
            std::max<std::size_t>(1, subscriptions_[static_cast<std::size_t>(c.s) -
                                                    static_cast<std::size_t>(shape::channel)]);
    count(first_word(frame), frame);
    if (c.names == 1) return answer(frame, now);
    parts_ += frame;
    if (++c.frames == c.names) answer(std::exchange(parts_, {}), now);
}

/// Redis tells how many channels and patterns together there are after each.
void pinned_link::count(std::string_view word, std::string_view frame) {
    resp::reply_cursor reply{frame};
    reply.next();
    reply.next();
    const auto total = static_cast<std::size_t>(reply.next().integer().value_or(0));
    auto& [channels, patterns, shards] = subscriptions_;
    if (word.starts_with("s") && word != "subscribe")
        shards = total;
    else if (word.starts_with("p"))
        patterns = total - std::min(total, channels);
    else
        channels = total - std::min(total, patterns);
}

void pinned_link::answer(std::string_view frames, const instant& now) {
    waiting_.pop_front();
    user_.on_answer(frames, now);
}

}  // namespace herdgate
