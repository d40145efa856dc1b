// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fleet/refresh_jobs.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/decimal.hpp"

namespace herdgate {
namespace {

using resp::reply_cursor;
using resp::reply_kind;

constexpr std::string_view group = "herdgate";
constexpr std::string_view kept = "100000";  ///< entries of a stream, about
constexpr milliseconds block_for{5000};
constexpr seconds slack{10};  ///< beyond that, for the reply to a blocking command
constexpr seconds trim_every{60};
constexpr std::uint64_t deliveries_max = 5;

}  // namespace

refresh_jobs::refresh_jobs(refresh_jobs_settings settings, refresh_jobs_user& user)
    : settings_(std::move(settings)), user_(user) {}

void refresh_jobs::on_up(const one_link& which, const instant& now) {
    if (&which == &keeper_user_) create_group(now);
    read(now);
}

void refresh_jobs::on_down(const one_link& which, std::string_view reason) {
    if (&which == &keeper_user_) grouped_ = false;
    user_.on_trouble("the refresh stream: " + std::string{reason});
}

void refresh_jobs::tell(std::string_view command, purpose what, const instant& now) {
    keeper_->send(command, *this, static_cast<std::uint64_t>(what), now.steady + settings_.timeout);
}

/// From the stream's beginning: what was asked for before anybody listened is done, too.
void refresh_jobs::create_group(const instant& now) {
    if (!keeper_->up() || std::exchange(creating_, true)) return;
    tell(resp::command({"XGROUP", "CREATE", settings_.stream, group, "0", "MKSTREAM"}),
         purpose::create, now);
}

void refresh_jobs::read(const instant& now) {
    if (stopped_ || reading_ || !grouped_ || !reader_->up()) return;
    if (jobs_.size() >= settings_.at_once) return;
    reading_ = true;
    const std::string room = std::to_string(settings_.at_once - jobs_.size());
    const std::string block = std::to_string(block_for.count());
    reader_->send(resp::command({"XREADGROUP", "GROUP", group, settings_.consumer, "COUNT", room,
                                 "BLOCK", block, "STREAMS", settings_.stream, ">"}),
                  *this, static_cast<std::uint64_t>(purpose::read), now.steady + block_for + slack);
}

void refresh_jobs::on_reply(std::uint64_t id, std::string_view frame, const instant& now) {
    reply_cursor reply{frame};
    switch (static_cast<purpose>(id)) {
        case purpose::create:
            creating_ = false;
            grouped_ = !reply.is(reply_kind::error) || reply.text().substr(0, 9) == "BUSYGROUP";
            if (!grouped_) complain("XGROUP CREATE", reply);
            return read(now);
        case purpose::read:
            return on_read(reply, now);
        case purpose::pending:
            return on_pending(reply, now);
        case purpose::claim:
            return on_claimed(reply, now);
        case purpose::keep:
        case purpose::other:
            if (reply.is(reply_kind::error)) complain("a command", reply);
            return;
    }
}

void refresh_jobs::on_lost(std::uint64_t id, const instant&) {
    switch (static_cast<purpose>(id)) {
        case purpose::create:
            creating_ = false;
            return;
        case purpose::read:
            reading_ = false;
            return;
        case purpose::pending:
        case purpose::claim:
            looking_ = false;
            claiming_.clear();
            return;
        case purpose::keep:
        case purpose::other:
            return;
    }
}

/// Somebody has removed the stream, and the group with it: it is made anew.
void refresh_jobs::complain(std::string_view what, reply_cursor reply) {
    if (reply.text().substr(0, 7) == "NOGROUP") {
        grouped_ = false;
        return;
    }
    user_.on_trouble("the refresh stream: " + std::string{what} + ": " + std::string{reply.text()});
}

void refresh_jobs::on_read(reply_cursor reply, const instant& now) {
    if (reply.is(reply_kind::error)) {  // tried again with the next tick
        reading_ = false;
        complain("XREADGROUP", reply);
        if (!grouped_) create_group(now);
        return;
    }
    reply_cursor stream = reply.next();  // name, entries
    stream.next();
    reply_cursor entries = stream.next();
    for (std::size_t left = entries.array_size(); left > 0; --left) take(entries.next(), 1, now);
    reading_ = false;
    read(now);
}

/// `entry`: id, [name, value, …].
void refresh_jobs::take(reply_cursor entry, std::uint64_t deliveries, const instant& now) {
    job j;
    j.entry = entry.next().text();
    j.deliveries = deliveries;
    if (j.entry.empty() || working_on(j.entry)) return;
    reply_cursor fields = entry.next();
    bool sound = true;
    for (std::size_t left = fields.array_size() / 2; left > 0; --left) {
        const std::string_view name = fields.next().text();
        const std::string_view value = fields.next().text();
        sound = sound && value.size() <= limits::routed_key_bytes;
        if (name == "key") j.key = value.substr(0, limits::routed_key_bytes);
        if (name == "db") j.database = value.substr(0, 32);
    }
    const auto database =
        j.database.empty() ? settings_.database : resp::parse_decimal(j.database).value_or(-1);
    if (!sound || j.key.empty() || database < 0 ||
        database >= static_cast<std::int64_t>(limits::databases))
        return park(j, "not of the form: key K [db N]", now);
    if (deliveries > deliveries_max) return park(j, "no worker has lived to its end", now);
    const job_id id = ++last_id_;
    const std::string key = jobs_.emplace(id, std::move(j)).first->second.key;
    user_.refresh(id, static_cast<std::uint16_t>(database), key, now);
}

bool refresh_jobs::working_on(std::string_view entry) const noexcept {
    return std::any_of(jobs_.begin(), jobs_.end(),
                       [&](const auto& one) { return one.second.entry == entry; });
}

void refresh_jobs::done(job_id id, job_end how, std::string_view reason, const instant& now) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return;
    const job j = std::move(found->second);
    jobs_.erase(found);
    if (how == job_end::stored) {
        user_.count(refresh_jobs_user::event::done);
        acknowledge(j, now);
    } else {
        user_.count(refresh_jobs_user::event::failed);
        if (how == job_end::useless || j.deliveries >= deliveries_max) park(j, reason, now);
    }
    read(now);
}

/// Where Redis is away: the job is left pending, and done or parked once more.
void refresh_jobs::acknowledge(const job& j, const instant& now) {
    if (!keeper_->up()) return;
    tell(resp::command({"XACK", settings_.stream, group, j.entry}), purpose::other, now);
}

void refresh_jobs::park(const job& j, std::string_view reason, const instant& now) {
    if (!keeper_->up()) return;
    user_.count(refresh_jobs_user::event::parked);
    const std::string to = settings_.stream + ":parked";
    const std::string deliveries = std::to_string(j.deliveries);
    std::vector<std::string_view> words{"XADD", to, "MAXLEN", "~", kept, "*", "key", j.key};
    if (!j.database.empty()) words.insert(words.end(), {"db", j.database});
    words.insert(words.end(), {"reason", reason, "deliveries", deliveries, "entry", j.entry});
    std::string command;
    resp::write_command(command, words);
    tell(command, purpose::other, now);
    acknowledge(j, now);
}

void refresh_jobs::tick(const instant& now) {
    if (stopped_ || !keeper_->up()) return;
    if (!grouped_) return create_group(now);
    read(now);
    if (now.steady < next_look_) return;
    next_look_ = now.steady + settings_.lease;
    keep(now);
    look_for_idle(now);
    if (now.steady < next_trim_) return;
    next_trim_ = now.steady + trim_every;
    tell(resp::command({"XTRIM", settings_.stream, "MAXLEN", "~", kept}), purpose::other, now);
}

/// Shows that the jobs in progress are worked on: they are idle no longer.
void refresh_jobs::keep(const instant& now) {
    if (jobs_.empty()) return;
    std::vector<std::string_view> words{"XCLAIM", settings_.stream, group, settings_.consumer, "0"};
    for (const auto& [id, j] : jobs_) words.emplace_back(j.entry);
    words.emplace_back("JUSTID");
    std::string command;
    resp::write_command(command, words);
    tell(command, purpose::keep, now);
}

void refresh_jobs::look_for_idle(const instant& now) {
    if (looking_ || jobs_.size() >= settings_.at_once) return;
    looking_ = true;
    tell(resp::command({"XPENDING", settings_.stream, group, "IDLE",
                        std::to_string(3 * settings_.lease.count()), "-", "+",
                        std::to_string(settings_.at_once - jobs_.size())}),
         purpose::pending, now);
}

/// Each: entry, consumer, milliseconds idle, deliveries.
void refresh_jobs::on_pending(reply_cursor reply, const instant& now) {
    looking_ = false;
    if (reply.is(reply_kind::error)) return complain("XPENDING", reply);
    const std::string idle = std::to_string(3 * settings_.lease.count());
    claiming_.clear();
    for (std::size_t left = reply.array_size(); left > 0; --left) {
        reply_cursor one = reply.next();
        const std::string entry{one.next().text()};
        one.next();
        one.next();
        const std::int64_t deliveries = one.next().integer().value_or(1);
        if (!working_on(entry)) claiming_[entry] = static_cast<std::uint64_t>(deliveries);
    }
    if (claiming_.empty() || stopped_) return;
    std::vector<std::string_view> words{"XCLAIM", settings_.stream, group, settings_.consumer,
                                        idle};
    for (const auto& [entry, deliveries] : claiming_) words.emplace_back(entry);
    std::string command;
    resp::write_command(command, words);
    looking_ = true;
    tell(command, purpose::claim, now);
}

/// Those that nobody else has claimed meanwhile.
void refresh_jobs::on_claimed(reply_cursor reply, const instant& now) {
    looking_ = false;
    const auto deliveries = std::exchange(claiming_, {});
    if (reply.is(reply_kind::error)) return complain("XCLAIM", reply);
    for (std::size_t left = reply.array_size(); left > 0; --left) {
        const reply_cursor entry = reply.next();
        reply_cursor peek = entry;
        const auto found = deliveries.find(std::string{peek.next().text()});
        if (found == deliveries.end()) continue;  // it is not in the stream any more
        user_.count(refresh_jobs_user::event::claimed);
        take(entry, found->second + 1, now);
    }
}

}  // namespace herdgate
