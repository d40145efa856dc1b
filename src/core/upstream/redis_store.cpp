// SPDX-License-Identifier: Apache-2.0
//
// redis_store: the link's life, tracking and the clock. Calls and answers of the store's ports are
// in redis_store_calls.cpp.
#include "herdgate/core/upstream/redis_store.hpp"

#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/decimal.hpp"

namespace herdgate {
namespace {

/// How long calls wait for a link that was just lost.
constexpr milliseconds patience{1000};

/// What a reply that is not what was asked for means, for the log.
std::string complaint(std::string_view what, resp::reply_cursor reply) {
    std::string text{what};
    text += ": ";
    return text += reply.is(resp::reply_kind::error) ? reply.text() : "an unexpected reply";
}

}  // namespace

redis_store::redis_store(redis_store_settings settings, redis_store_user& user, store_sink& flights,
                         editor_sink& edits)
    : settings_(std::move(settings)),
      user_(user),
      flights_(flights),
      edits_(edits),
      subscriptions_(*this),
      databases_(settings_.database) {
    subscriptions_.follow(settings_.channel);
}

redis_store::~redis_store() = default;

void redis_store::send(std::string_view command, purpose what, std::uint64_t asker,
                       const instant& now) {
    link_->send(command, *this, id_of(what, asker), now.steady + settings_.timeout);
}

/// All that follows is about this database.
database_switch::step redis_store::select(std::uint16_t database, const instant& now) {
    using step = database_switch::step;
    const step next = databases_.to(database);
    if (next == step::select || next == step::ask)
        send(resp::command({"SELECT", std::to_string(database)}),
             next == step::ask ? purpose::database : purpose::select, database, now);
    return next == step::select ? step::go : next;
}

void redis_store::on_link_up(const instant& now) {
    databases_.reset();
    scripts_missing_ = script_count;
    clock_.clear();
    tick(now);
    read_floors(now);  // known before the first entry is read
    for (std::size_t i = 0; i < script_count; ++i)
        send(resp::command({"SCRIPT", "LOAD", source_of(static_cast<script>(i))}),
             purpose::load_script, i, now);
}

void redis_store::on_link_down(std::string_view reason, const instant& now) {
    const bool was_ready = std::exchange(ready_, false);
    lose_coherence(now);
    if (was_ready) patient_until_ = now.steady + patience;
    patient_ = link_->lost_to_a_close() && (was_ready || patient_) && now.steady < patient_until_;
    if (patient_) return;
    user_.on_store_away(true, reason, now);
    give_up_waiting(now);
}

/// Redis is not back as soon as was hoped.
void redis_store::give_up_waiting(const instant& now) {
    for (const look& l : std::exchange(looks_, {})) answer_look(l, {}, now);
    for (const std::uint64_t id : std::exchange(later_, {})) on_script(id, {}, now);
}

/// What has waited is asked now; changes first, for what is looked up after them is to show them.
void redis_store::go_on(const instant& now) {
    patient_ = false;
    for (const std::uint64_t id : std::exchange(later_, {})) send_call(id, calls_.at(id), now);
    for (look& l : std::exchange(looks_, {})) take_look(std::move(l), now);
}

/// On this link Redis says nothing unasked in RESP2.
void redis_store::on_push(std::string_view, const instant&) {}

void redis_store::tick(const instant& now) {
    if (patient_ && now.steady >= patient_until_) {
        patient_ = false;
        user_.on_store_away(true, "the link is not back", now);
        give_up_waiting(now);
    }
    if (!link_->up()) return;
    const auto sent = static_cast<std::uint64_t>(now.steady.time_since_epoch().count()) >> 4;
    send(resp::command({"TIME"}), purpose::clock, sent, now);
}

void redis_store::on_reply(std::uint64_t id, std::string_view frame, const instant& now) {
    const std::uint64_t asker = id >> 4;
    resp::reply_cursor reply{frame};
    switch (static_cast<purpose>(id & 15)) {
        case purpose::look: {
            const look done = std::move(looking_.extract(asker).mapped());
            return answer_look(done, read_entry(reply, done.key), now);
        }
        case purpose::script:
            return on_script(asker, frame, now);
        case purpose::load_script:
            return script_loaded(asker, reply, now);
        case purpose::tracking:
            if (reply.is(resp::reply_kind::error))
                return user_.on_trouble(complaint("no client tracking", reply));
            if (std::to_string(asker) != tracker_) return;  // that one has gone meanwhile
            coherent_ = true;
            return user_.on_coherent(true, now);
        case purpose::clock: {
            const auto seconds_read = resp::parse_decimal(reply.next().text());
            const auto micros = resp::parse_decimal(reply.next().text());
            if (!seconds_read || !micros) return;
            const nanoseconds read = seconds{*seconds_read} + std::chrono::microseconds{*micros};
            const steady_time sent{nanoseconds{static_cast<std::int64_t>(asker << 4)}};
            return user_.on_clock(clock_.add(sent, now.steady, read));
        }
        case purpose::database:
            databases_.answered(static_cast<std::uint16_t>(asker),
                                !reply.is(resp::reply_kind::error));
            return go_on(now);
        case purpose::select:
            // What follows would go to another database.
            if (reply.is(resp::reply_kind::error)) link_->fail("SELECT refused", now);
            return;
        case purpose::floors:
            return on_floors(reply, now);
    }
}

void redis_store::on_lost(std::uint64_t id, const instant& now) {
    const std::uint64_t asker = id >> 4;
    switch (static_cast<purpose>(id & 15)) {
        case purpose::look:
            return take_look(std::move(looking_.extract(asker).mapped()), now);
        case purpose::script: {
            const call& c = calls_.at(asker);
            if (!patient_ || !c.repeatable()) return on_script(asker, {}, now);
            return later_.push_back(asker);
        }
        case purpose::load_script:
        case purpose::tracking:
        case purpose::clock:
        case purpose::select:
        case purpose::database:
        case purpose::floors:
            return;
    }
}

void redis_store::script_loaded(std::size_t index, resp::reply_cursor reply, const instant& now) {
    if (!reply.is(resp::reply_kind::bulk)) {
        const std::string why = complaint("the store's scripts cannot be loaded", reply);
        return link_->fail(why, now);
    }
    digests_[index] = reply.text();
    if (--scripts_missing_ > 0) return;
    ready_ = true;
    user_.on_store_away(false, {}, now);
    track(now);
    go_on(now);
}

/// Asks Redis to tell the subscriber of changes of what this link reads, once both are there.
void redis_store::track(const instant& now) {
    if (!ready_) return;
    if (settings_.tracking == config::tracking_mode::off) {
        coherent_ = true;
        return user_.on_coherent(true, now);
    }
    if (tracker_.empty()) return;
    const auto id = resp::parse_decimal(tracker_);
    HERDGATE_ASSERT(id.has_value());
    const std::string command =
        settings_.tracking == config::tracking_mode::keys
            ? resp::command({"CLIENT", "TRACKING", "ON", "REDIRECT", tracker_, "NOLOOP"})
            : resp::command({"CLIENT", "TRACKING", "ON", "REDIRECT", tracker_, "BCAST", "PREFIX",
                             settings_.prefix, "NOLOOP"});
    if (settings_.tracking == config::tracking_mode::broadcast)  // prefixes cannot be given twice
        send(resp::command({"CLIENT", "TRACKING", "OFF"}), purpose::select, 0, now);
    send(command, purpose::tracking, static_cast<std::uint64_t>(*id), now);
}

void redis_store::lose_coherence(const instant& now) {
    if (std::exchange(coherent_, false)) user_.on_coherent(false, now);
}

void redis_store::on_no_tracking() {
    user_.on_trouble("the channel of client tracking cannot be subscribed");
}

void redis_store::on_subscriber(bool up, std::string_view client_id, const instant& now) {
    tracker_ = up ? std::string{client_id} : std::string{};
    if (settings_.tracking == config::tracking_mode::off) return;
    lose_coherence(now);
    if (up) track(now);
}

void redis_store::on_watching(std::uint64_t id, bool will_be_told, const instant& now) {
    flights_.on_watching(id, will_be_told, now);
}

void redis_store::on_wake(std::uint64_t id, const instant& now) {
    flights_.on_wake(id, now);
}

void redis_store::on_published(std::string_view text, const instant& now) {
    user_.on_published(text, now);
}

void redis_store::on_following(bool told, const instant& now) {
    if (told) read_floors(now);
    user_.on_following(told, now);
}

void redis_store::on_invalidated(std::string_view name, const instant& now) {
    if (name.substr(0, settings_.prefix.size()) != settings_.prefix) return;
    user_.on_entry_changed(name.substr(settings_.prefix.size()), now);
}

void redis_store::on_all_invalidated(const instant& now) {
    user_.on_all_changed(now);
}

}  // namespace herdgate
