// SPDX-License-Identifier: Apache-2.0
//
// reply_queue: where early and late answers of one client meet, in the order of its commands.
//
// A command that is answered at once appends its reply to sink(). A command that is answered later
// opens a slot; the replies of the commands behind it gather in that slot's tail until it is
// filled:
//
//     ready_: +PONG $3..foo │ slot 7: (waiting) tail: :1 │ slot 8: (filled) tail: +OK +OK
//
// What no command asked for (messages, lines of MONITOR) comes between the replies: interject().
// Replies may be muted (CLIENT REPLY): they take their place, and are dropped.
//
// Invariant: the front slot is never filled; what it was holding back has moved to ready_. So with
// no slot open, sink() is ready_ itself and a hit costs one append.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herdgate {

class reply_queue {
  public:
    using slot_id = std::uint64_t;

    /// Where the reply of the current command goes, unless it opens a slot. Valid until the next
    /// call of this object.
    std::string& sink() noexcept {
        if (muted_) return dropped();
        return head_ == slots_.size() ? ready_ : slots_.back().tail;
    }

    /// Reserves the place of a reply that comes later.
    slot_id open();

    /// The open slot whose id ends in these bits.
    slot_id id_of(std::uint32_t bits) const noexcept {
        return front_id_ + (bits - static_cast<std::uint32_t>(front_id_));
    }

    /// Fills a slot with a complete reply. Each slot is filled exactly once. `always`: also if it
    /// is muted.
    void fill(slot_id id, std::string reply, bool always = false);
    /// The same; `reply` is copied, straight to ready() if all before it is there.
    void fill_copy(slot_id id, std::string_view reply, bool always = false);

    /// Puts bytes before the reply of a slot that is not filled yet, or behind everything.
    void interject(std::optional<slot_id> before, std::string_view bytes);

    /// Replies of the commands from now on are dropped, or are not.
    void mute(bool on) noexcept { muted_ = on; }

    /// Complete replies in order, for the caller to send and clear.
    std::string& ready() noexcept { return ready_; }
    const std::string& ready() const noexcept { return ready_; }

    /// Slots not filled yet.
    std::size_t waiting() const noexcept { return waiting_; }

    /// Bytes held back behind the front slot.
    std::size_t held_bytes() const noexcept;

  private:
    struct slot {
        bool filled = false;
        bool muted = false;
        std::string reply;
        std::string tail;
    };

    slot& take(slot_id id);
    void move_on();
    void drop_front();
    std::string& dropped() noexcept {
        nowhere_.clear();
        return nowhere_;
    }

    std::string ready_;
    std::vector<slot> slots_;  ///< from head_ on; an idle client's takes little memory
    std::size_t head_ = 0;
    slot_id front_id_ = 0;  ///< id of slots_[head_]
    std::string nowhere_;   ///< a muted reply
    bool muted_ = false;
    std::size_t waiting_ = 0;
    std::size_t closed_bytes_ = 0;  ///< filled replies, and all tails but the last
};

}  // namespace herdgate
