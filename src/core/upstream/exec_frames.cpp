// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/exec_frames.hpp"

#include "herdgate/core/resp/frames.hpp"

namespace herdgate {

void exec_frames::queued(reply_shape s, std::size_t names) {
    if (s != reply_shape::one) subscribing_.push_back({size_, s, names});
    ++size_;
}

bool exec_frames::take(std::string_view frame, subscription_count& now) {
    if (begun_) {
        take_element(frame, now);
    } else {
        begun_ = true;
        for (const std::string_view element : resp::split_frames(resp::behind_header(frame)))
            take_element(element, now);
    }
    return places_.size() >= size_ && left_ == 0;
}

void exec_frames::take_element(std::string_view frame, subscription_count& now) {
    const std::size_t element = elements_++;
    const subscribing* one = current();
    const reply_shape s = one == nullptr ? reply_shape::one : one->s;
    if (now.is_unasked(frame, s)) return;
    if (left_ == 0) {
        places_.push_back(element);
        left_ = one == nullptr ? 1 : now.frames(s, one->names);
    }
    const bool confirmed = subscription_count::confirms(frame, s);
    if (confirmed) now.take(frame);
    left_ = one == nullptr || !confirmed ? 0 : left_ - 1;
    if (left_ == 0 && one != nullptr) ++next_;
}

/// The command that subscribes, if it is the one whose frames come now.
const exec_frames::subscribing* exec_frames::current() const noexcept {
    if (next_ == subscribing_.size()) return nullptr;
    const std::size_t command = left_ > 0 ? places_.size() - 1 : places_.size();
    return subscribing_[next_].command == command ? &subscribing_[next_] : nullptr;
}

std::size_t exec_frames::place(std::size_t command) const noexcept {
    return command < places_.size() ? places_[command] : command;
}

}  // namespace herdgate
