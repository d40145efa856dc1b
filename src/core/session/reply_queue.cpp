// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/reply_queue.hpp"

#include <cstddef>
#include <utility>

#include "herdgate/core/base/assert.hpp"

namespace herdgate {
namespace {

constexpr std::size_t idle_slots = 16;  ///< memory for more is given back

}  // namespace

/// Where there is always a slot open, those that are done make room for new ones.
reply_queue::slot_id reply_queue::open() {
    if (head_ < slots_.size()) closed_bytes_ += slots_.back().tail.size();
    if (slots_.size() == slots_.capacity() && head_ > slots_.size() / 2) {
        slots_.erase(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
    slots_.emplace_back();
    slots_.back().muted = muted_;
    ++waiting_;
    return front_id_ + (slots_.size() - head_) - 1;
}

void reply_queue::fill(slot_id id, std::string reply, bool always) {
    slot& target = take(id);
    if (target.muted && !always) reply = {};
    closed_bytes_ += reply.size();
    target.reply = std::move(reply);
    move_on();
}

void reply_queue::fill_copy(slot_id id, std::string_view reply, bool always) {
    slot& target = take(id);
    if (target.muted && !always) reply = {};
    if (id == front_id_) {
        ready_ += reply;
    } else {
        closed_bytes_ += reply.size();
        target.reply = reply;
    }
    move_on();
}

reply_queue::slot& reply_queue::take(slot_id id) {
    HERDGATE_ASSERT(id >= front_id_ && id - front_id_ < slots_.size() - head_);
    slot& target = slots_[head_ + static_cast<std::size_t>(id - front_id_)];
    HERDGATE_ASSERT(!target.filled);
    target.filled = true;
    --waiting_;
    return target;
}

void reply_queue::move_on() {
    while (head_ < slots_.size() && slots_[head_].filled) drop_front();
    if (head_ < slots_.size()) return;
    if (slots_.capacity() > idle_slots)
        slots_ = {};
    else
        slots_.clear();
    head_ = 0;
}

void reply_queue::interject(std::optional<slot_id> before, std::string_view bytes) {
    if (head_ == slots_.size() || (before && *before == front_id_)) {
        ready_ += bytes;
    } else if (!before) {
        slots_.back().tail += bytes;
    } else {
        HERDGATE_ASSERT(*before > front_id_ && *before - front_id_ < slots_.size() - head_);
        slots_[head_ + static_cast<std::size_t>(*before - front_id_) - 1].tail += bytes;
        closed_bytes_ += bytes.size();
    }
}

void reply_queue::drop_front() {
    slot& front = slots_[head_];
    closed_bytes_ -= front.reply.size();
    if (head_ + 1 < slots_.size()) closed_bytes_ -= front.tail.size();
    ready_ += front.reply;
    ready_ += front.tail;
    front = {};
    ++head_;
    ++front_id_;
}

std::size_t reply_queue::held_bytes() const noexcept {
    return closed_bytes_ + (head_ < slots_.size() ? slots_.back().tail.size() : 0);
}

}  // namespace herdgate
