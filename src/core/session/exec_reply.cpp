// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/exec_reply.hpp"

#include <algorithm>
#include <utility>

#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/resp/frames.hpp"

namespace herdgate {
namespace {

/// A command of the transaction that has changed the connection: those behind it see that.
void apply(const queued_command& command, client_state& state) {
    if (command.args.size() < 2) return;
    if (command.effect == link_effect::set_name) state.name = command.args.back();
    const auto number = resp::parse_decimal(command.args[1]);
    if (!number) return;
    if (command.effect == link_effect::select)
        state.database = static_cast<std::uint16_t>(*number);
    else if (command.effect == link_effect::hello)
        state.protocol = *number == 3 ? resp::protocol::resp3 : resp::protocol::resp2;
}

}  // namespace

exec_reply::exec_reply(engine& owner, session& client, std::function<void(std::string)> done)
    : owner_(owner),
      client_(client),
      done_(std::move(done)),
      inner_(owner, *this, client_identity{}, owner.now()) {
    inner_.state() = client.state();
    inner_.state().muted = inner_.state().skip_next = false;
}

exec_reply::~exec_reply() = default;

void exec_reply::run(std::string_view frames, const std::vector<queued_command>& commands,
                     const instant& now) {
    frames_ = frames;
    const auto replies = resp::split_frames(resp::behind_header(frames_));
    for (const queued_command& command : commands) {
        if (command.place >= replies.size()) continue;
        const bool refused = replies[command.place].starts_with('-');
        if (command.effect == link_effect::flush) {
            owner_.entries_flushed();
        } else if (command.effect == link_effect::pause) {
            if (refused) continue;
            owner_.note_pause({command.args.begin(), command.args.end()}, true);
        } else if (command.effect != link_effect::none) {
            if (!refused) apply(command, inner_.state());
        } else {
            places_.push_back(command.place);
            start(command.args, now);
        }
    }
    client_.state().database = inner_.state().database;
    client_.state().protocol = inner_.state().protocol;
    client_.state().name = inner_.state().name;
    started_ = true;
    finish();
}

void exec_reply::run_alone(const std::vector<std::string>& args, const instant& now) {
    start(args, now);
    started_ = true;
    finish();
}

void exec_reply::start(const std::vector<std::string>& args, const instant& now) {
    const std::vector<std::string_view> words{args.begin(), args.end()};
    owner_.execute(inner_, words, now);
}

void exec_reply::finish() {
    if (!started_ || done() || inner_.replies().waiting() > 0) return;
    std::string reply = std::exchange(inner_.replies().ready(), {});
    if (!frames_.empty()) {
        const auto parts = resp::split_frames(reply);
        const auto elements = resp::split_frames(resp::behind_header(frames_));
        std::string joined = frames_.substr(0, frames_.find('\n') + 1);
        for (std::size_t i = 0; i < elements.size(); ++i) {
            const auto place = std::find(places_.begin(), places_.end(), i);
            const auto part = static_cast<std::size_t>(place - places_.begin());
            joined += place != places_.end() && part < parts.size() ? parts[part] : elements[i];
        }
        reply = std::move(joined);
    }
    std::exchange(done_, nullptr)(std::move(reply));
}

}  // namespace herdgate
