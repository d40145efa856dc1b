// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/link.hpp"

#include <algorithm>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/resp/reply_cursor.hpp"

namespace herdgate {
namespace {

constexpr seconds settled_after{1};     ///< up for so long: the next back-off starts anew
constexpr seconds subscriber_quiet{5};  ///< without a byte, before the PING and after it
constexpr std::string_view ping = "*1\r\n$4\r\nPING\r\n";

std::string printable(std::string_view text) {
    std::string shown{text.substr(0, limits::reason_bytes)};
    for (char& c : shown)
        if (c < 0x20 || c >= 0x7f) c = '?';
    return shown;
}

/// What Redis answers to PING: an array in subscribe mode, a word before the first subscription.
bool is_pong(std::string_view frame) {
    resp::reply_cursor reply{frame};
    if (reply.is(resp::reply_kind::simple)) return reply.text() == "PONG";
    return reply.array_size() == 2 && reply.next().text() == "pong";
}

}  // namespace

link::link(link_settings settings, link_user& user, std::uint64_t seed)
    : settings_(std::move(settings)),
      user_(&user),
      random_(seed),
      delay_(settings_.first_retry),
      greeting_(settings_),
      parser_(settings_.replies) {}

void link::start(const instant& now) {
    HERDGATE_ASSERT(state_ == state::idle);
    attempt(now);
}

void link::stop(const instant& now) {
    if (open() || state_ == state::connecting) want_ = want::close;
    state_ = state::idle;
    end_connection();
    for (const auto& entry : pipeline_.take_all()) entry.taker->on_lost(entry.id, now);
}

void link::send(std::string_view command, reply_taker& taker, std::uint64_t id,
                steady_time deadline) {
    HERDGATE_ASSERT(up() && !settings_.subscriber);
    pipeline_.push({&taker, id, deadline});
    output_ += command;
}

void link::send_unanswered(std::string_view command) {
    HERDGATE_ASSERT(up());
    output_ += command;
}

std::string link::take_output() {
    std::string bytes = std::exchange(output_, {});
    if (settings_.lent && !bytes.empty()) user_->on_sending();
    return bytes;
}

void link::fail(std::string_view reason, const instant& now) {
    if (open()) break_off(reason, now);
}

link::want link::wants() noexcept {
    return std::exchange(want_, want::nothing);
}

void link::attempt(const instant& now) {
    state_ = state::connecting;
    want_ = want::connect;
    due_ = now.steady + settings_.connect_timeout;
}

void link::on_connected(const instant& now) {
    if (state_ != state::connecting) return;
    state_ = state::greeting;
    parser_ = resp::reply_parser{settings_.replies};
    output_ = greeting_.begin();
    if (output_.empty()) come_up(now);
}

void link::on_bytes(std::string_view bytes, const instant& now) {
    if (!open()) return;
    if (state_ == state::up && settings_.subscriber) {
        due_ = now.steady + subscriber_quiet;
        pinged_ = false;
    }
    // Here and not in the member: the frames stay where they are also when a callback stops us.
    std::string buffer = std::exchange(kept_, {});
    if (!buffer.empty()) buffer += bytes;
    std::string_view rest = buffer.empty() ? bytes : std::string_view{buffer};
    while (open()) {
        if (tunnel_) return rest.empty() ? void() : user_->on_push(rest, now);
        const resp::parse_status status = parser_.parse(rest);
        if (status == resp::parse_status::need_more) return keep(std::move(buffer), rest, now);
        if (status == resp::parse_status::error)
            return break_off("protocol error: " + std::string{parser_.error()}, now);
        const std::string_view frame = rest.substr(0, parser_.consumed());
        rest.remove_prefix(frame.size());
        take(frame, parser_.kind(), now);
    }
}

/// `rest` is the end of `buffer`, or of bytes that are not ours if that is empty.
void link::keep(std::string&& buffer, std::string_view rest, const instant& now) {
    if (rest.size() > settings_.reply_bytes) return break_off("a reply is too long", now);
    if (buffer.empty() || rest.size() < buffer.size() / 2) {
        kept_ = rest;
    } else {
        buffer.erase(0, buffer.size() - rest.size());
        kept_ = std::move(buffer);
    }
}

void link::take(std::string_view frame, resp::reply_kind kind, const instant& now) {
    if (state_ == state::greeting) return take_greeting(frame, now);
    if (settings_.subscriber) return take_push(frame, now);
    if (settings_.lent) return user_->on_push(frame, now);
    if (kind == resp::reply_kind::push) return user_->on_push(frame, now);
    if (pipeline_.empty()) return break_off("a reply that nobody asked for", now);
    const pipeline::entry oldest = pipeline_.pop();
    oldest.taker->on_reply(oldest.id, frame, now);
}

void link::take_greeting(std::string_view frame, const instant& now) {
    using next = greeting::verdict::next;
    const greeting::verdict verdict = greeting_.on_reply(frame);
    if (verdict.what == next::fail) return break_off(verdict.text, now);
    if (verdict.what == next::send) {
        output_ += verdict.text;
        return;
    }
    come_up(now);
}

void link::come_up(const instant& now) {
    state_ = state::up;
    up_since_ = now.steady;
    due_ = now.steady + subscriber_quiet;
    pinged_ = false;
    user_->on_link_up(now);
}

void link::take_push(std::string_view frame, const instant& now) {
    if (!is_pong(frame)) user_->on_push(frame, now);
}

void link::on_closed(std::string_view reason, const instant& now) {
    if (!open() && state_ != state::connecting) return;
    want_ = want::nothing;
    const bool was_open = open();
    lose(reason, now, was_open);
}

std::optional<steady_time> link::next_deadline() const noexcept {
    if (state_ == state::idle) return std::nullopt;
    if (state_ == state::up && !settings_.subscriber) return pipeline_.earliest();
    return due_;
}

void link::on_deadline(const instant& now) {
    const auto due = next_deadline();
    if (!due || now.steady < *due) return;
    switch (state_) {
        case state::resting:
            return attempt(now);
        case state::connecting:
            return break_off("connecting took too long", now);
        case state::greeting:
            return break_off("no answer to the greeting", now);
        default:
            break;
    }
    if (!settings_.subscriber) return break_off("no reply within the time limit", now);
    if (pinged_) return break_off("no answer to PING", now);
    pinged_ = true;
    due_ = now.steady + subscriber_quiet;
    output_ += ping;
}

void link::break_off(std::string_view reason, const instant& now) {
    want_ = want::close;
    lose(reason, now, false);
}

void link::lose(std::string_view reason, const instant& now, bool closed) {
    closed_ = closed;
    due_ = now.steady + next_delay(now);
    state_ = settings_.lent ? state::idle : state::resting;
    end_connection();
    const auto lost = pipeline_.take_all();
    user_->on_link_down(printable(reason), now);
    for (const auto& entry : lost) entry.taker->on_lost(entry.id, now);
}

void link::end_connection() {
    output_.clear();
    kept_ = std::string{};
}

/// While the link's state is still the one it is lost in.
milliseconds link::next_delay(const instant& now) {
    if (up() && now.steady - up_since_ >= settled_after) delay_ = settings_.first_retry;
    const milliseconds whole = delay_;
    delay_ = std::min(delay_ * 2, settings_.max_retry);
    const auto chosen = static_cast<double>(whole.count()) * (1 + random_.unit()) / 2;
    return milliseconds{static_cast<milliseconds::rep>(chosen)};
}

}  // namespace herdgate
