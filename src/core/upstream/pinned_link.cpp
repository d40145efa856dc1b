// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/pinned_link.hpp"

#include <utility>

#include "herdgate/core/base/assert.hpp"

namespace herdgate {
namespace {

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

void pinned_link::send(std::string_view command, reply_shape s, std::size_t names) {
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

std::size_t pinned_link::exec_place(std::size_t command) const noexcept {
    return transaction_ ? transaction_->place(command) : command;
}

void pinned_link::forget_subscriptions() noexcept {
    subscribed_ = {};
    monitoring_ = false;
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
    if (is_part(waiting_.front(), frame)) {
        parts_ += frame;
        return;
    }
    if (parts_.empty()) return answer(frame, now);
    parts_ += frame;
    answer(std::exchange(parts_, {}), now);
}

bool pinned_link::unasked(std::string_view frame) const {
    if (!parts_.empty()) return false;
    if (frame.front() == '+') return monitoring_ && is_monitor_line(frame);
    return subscribed_.is_unasked(frame, waiting_.front().s);
}

/// Whether more frames belong to the same answer.
bool pinned_link::is_part(expected& oldest, std::string_view frame) {
    if (oldest.s == reply_shape::transaction) {
        const bool first = parts_.empty();
        if (first && (!transaction_ || !transaction_->odd(subscribed_))) return false;
        const bool ran = frame.front() == '*' && !frame.starts_with("*-1");
        return (!first || ran) && !transaction_->take(frame, subscribed_);
    }
    if (!subscription_count::confirms(frame, oldest.s)) return false;
    if (oldest.left == 0) oldest.left = subscribed_.frames(oldest.s, oldest.names);
    subscribed_.take(frame);
    return --oldest.left > 0;
}

void pinned_link::answer(std::string_view frames, const instant& now) {
    const expected done = waiting_.front();
    waiting_.pop_front();
    const bool exec = done.s == reply_shape::transaction;
    if (frames == "+QUEUED\r\n") {
        if (transaction_) transaction_->queued(done.s, done.names);
    } else if (!exec && frames.front() != '-') {
        transaction_.reset();  // by DISCARD or RESET
    }
    user_.on_answer(frames, now);
    if (exec) transaction_.reset();
}

}  // namespace herdgate
