// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/subscriptions.hpp"

#include <algorithm>
#include <utility>

#include "herdgate/core/resp/command_writer.hpp"

namespace herdgate {
namespace {

constexpr std::string_view tracking_channel = "__redis__:invalidate";

}  // namespace

void subscriptions::watch(std::uint64_t id, const std::string& channel, const instant& now) {
    if (!up_) return user_.on_watching(id, false, now);
    watched& w = channels_[channel];
    w.ids.push_back(id);
    if (w.confirmed) return user_.on_watching(id, true, now);
    if (w.ids.size() > 1) return;  // asked for already
    asked_.push_back(channel);
    link_->send_unanswered(resp::command({"SUBSCRIBE", channel}));
}

void subscriptions::unwatch(std::uint64_t id, const std::string& channel) {
    const auto found = channels_.find(channel);
    if (found == channels_.end()) return;
    std::erase(found->second.ids, id);
    if (!found->second.ids.empty()) return;
    channels_.erase(found);
    link_->send_unanswered(resp::command({"UNSUBSCRIBE", channel}));
}

void subscriptions::on_link_up(const instant&) {
    link_->send_unanswered(resp::command({"CLIENT", "ID"}));
}

void subscriptions::on_link_down(std::string_view, const instant& now) {
    const bool was_up = std::exchange(up_, false);
    id_.clear();
    asked_.clear();
    const auto lost = std::exchange(channels_, {});
    if (was_up) user_.on_subscriber(false, {}, now);
    for (const auto& [channel, w] : lost) {
        for (const std::uint64_t id : w.ids) {
            if (w.confirmed)
                user_.on_wake(id, now);
            else
                user_.on_watching(id, false, now);
        }
    }
}

void subscriptions::on_push(std::string_view frame, const instant& now) {
    resp::reply_cursor reply{frame};
    if (reply.is(resp::reply_kind::integer) && !up_) {
        id_ = std::to_string(reply.integer().value_or(0));
        asked_.emplace_back(tracking_channel);
        link_->send_unanswered(resp::command({"SUBSCRIBE", tracking_channel}));
        if (followed_.empty()) return;
        asked_.push_back(followed_);
        link_->send_unanswered(resp::command({"SUBSCRIBE", followed_}));
        return;
    }
    if (reply.is(resp::reply_kind::error)) {
        if (asked_.empty()) return user_.on_no_tracking();
        const std::string refused = std::exchange(asked_.front(), {});
        asked_.pop_front();
        return confirm(refused, false, now);
    }
    const std::string_view what = reply.next().text();
    const std::string_view channel = reply.next().text();
    if (what == "message") return on_message(channel, reply.next(), now);
    if (what != "subscribe" || asked_.empty() || asked_.front() != channel) return;
    const std::string name = std::exchange(asked_.front(), {});
    asked_.pop_front();
    confirm(name, true, now);
}

/// Redis has subscribed us to a channel, or refuses to.
void subscriptions::confirm(const std::string& channel, bool told, const instant& now) {
    if (channel == tracking_channel) {
        // Without it there is no tracking, but wake-ups may still be allowed.
        up_ = true;
        if (told) return user_.on_subscriber(true, id_, now);
        return user_.on_no_tracking();
    }
    if (channel == followed_) return user_.on_following(told, now);
    // Given up and asked for again: the later answer counts.
    if (std::find(asked_.begin(), asked_.end(), channel) != asked_.end()) return;
    const auto found = channels_.find(channel);
    if (found == channels_.end()) return;
    const std::vector<std::uint64_t> ids = found->second.ids;
    found->second.confirmed = told;
    if (!told) channels_.erase(found);
    for (const std::uint64_t id : ids) user_.on_watching(id, told, now);
}

void subscriptions::on_message(std::string_view channel, resp::reply_cursor payload,
                               const instant& now) {
    if (channel == tracking_channel) {
        if (!payload.is(resp::reply_kind::array)) return user_.on_all_invalidated(now);
        for (std::size_t left = payload.array_size(); left > 0; --left)
            user_.on_invalidated(payload.next().text(), now);
        return;
    }
    if (channel == followed_) return user_.on_published(payload.text(), now);
    const auto found = channels_.find(std::string{channel});
    if (found == channels_.end()) return;
    const std::vector<std::uint64_t> ids = found->second.ids;
    for (const std::uint64_t id : ids) user_.on_wake(id, now);
}

}  // namespace herdgate
