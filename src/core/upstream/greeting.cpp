// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/greeting.hpp"

#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/reply_cursor.hpp"

namespace herdgate {

std::string greeting::begin() {
    step_ = step::auth;
    if (!needed(step_)) go_on();
    return step_ == step::done ? std::string{} : command(step_);
}

greeting::verdict greeting::on_reply(std::string_view frame) {
    using next = verdict::next;
    const resp::reply_cursor reply{frame};
    const bool denied = reply.is(resp::reply_kind::error);
    const bool tolerated =
        step_ == step::name || (step_ == step::ping && reply.text().starts_with("NOPERM"));
    if (denied && !tolerated) return {next::fail, without_password(reply.text())};
    const bool welcome = step_ == step::hello && frame.starts_with('%');
    if (!denied && !welcome && !reply.is(resp::reply_kind::simple))
        return {next::fail, "not the answer of a Redis"};
    go_on();
    if (step_ == step::done) return {next::done, {}};
    return {next::send, command(step_)};
}

/// To the next step that is needed.
void greeting::go_on() noexcept {
    do {
        step_ = static_cast<step>(static_cast<int>(step_) + 1);
    } while (step_ != step::done && !needed(step_));
}

bool greeting::needed(step s) const noexcept {
    switch (s) {
        case step::auth:
            return !settings_->password.empty();
        case step::ping:
            return settings_->ping;
        case step::hello:
            return settings_->resp3;
        case step::select:
            return settings_->database != 0;
        case step::name:
            return !settings_->client_name.empty();
        default:
            return true;
    }
}

std::string greeting::command(step s) const {
    switch (s) {
        case step::auth:
            if (settings_->username.empty()) return resp::command({"AUTH", settings_->password});
            return resp::command({"AUTH", settings_->username, settings_->password});
        case step::hello:
            return resp::command({"HELLO", "3"});
        case step::select:
            return resp::command({"SELECT", std::to_string(settings_->database)});
        case step::name:
            return resp::command({"CLIENT", "SETNAME", settings_->client_name});
        default:
            return resp::command({"PING"});
    }
}

/// "ERR unknown command 'AUTH', with args beginning with: 'hunter2'" is what a server without AUTH
/// says.
std::string greeting::without_password(std::string_view text) const {
    std::string shown{text.substr(0, text.find(", with args beginning with"))};
    const std::string& password = settings_->password;
    if (password.empty()) return shown;
    for (std::size_t at = 0; (at = shown.find(password, at)) != std::string::npos; at += 3)
        shown.replace(at, password.size(), "***");
    return shown;
}

}  // namespace herdgate
