// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/relay.hpp"

#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/error_replies.hpp"

namespace herdgate {

/// One protocol's link and the commands on it.
class relay::lane final : public link_user, private reply_taker {
  public:
    lane(milliseconds timeout, std::uint16_t database) : timeout_(timeout), greeted_(database) {}

    void use(link& l, std::function<void()> open) {
        link_ = &l;
        open_ = std::move(open);
    }

    void forward(std::uint16_t database, std::string_view command, waiter who, const instant& now) {
        if (link_->up()) return send(database, command, std::move(who), now);
        if (tried_) return refuse(who, resp::errors::upstream_away);
        early_.push_back({database, std::string{command}, std::move(who)});
        if (early_.size() == 1 && open_) std::exchange(open_, nullptr)();
    }

  private:
    struct early {
        std::uint16_t database;
        std::string command;
        waiter who;
    };

    static void refuse(waiter& who, std::string_view error) {
        who.who->on_read(who.part, {read_result::kind::error, {}, std::string{error}});
    }

    void send(std::uint16_t database, std::string_view command, waiter who, const instant& now) {
        const steady_time deadline = now.steady + timeout_;
        if (database != selected_) {
            selected_ = database;
            link_->send(resp::command({"SELECT", std::to_string(database)}), *this, 0, deadline);
        }
        const std::uint64_t id = ++last_id_;
        waiting_.emplace(id, std::move(who));
        link_->send(command, *this, id, deadline);
    }

    waiter take(std::uint64_t id) {
        const auto found = waiting_.find(id);
        HERDGATE_ASSERT(found != waiting_.end());
        waiter who = std::move(found->second);
        waiting_.erase(found);
        return who;
    }

    void on_link_up(const instant& now) override {
        tried_ = true;
        selected_ = greeted_;
        for (early& e : std::exchange(early_, {}))
            send(e.database, e.command, std::move(e.who), now);
    }

    void on_link_down(std::string_view, const instant&) override {
        tried_ = true;
        for (early& e : std::exchange(early_, {})) refuse(e.who, resp::errors::upstream_away);
    }

    void on_push(std::string_view, const instant&) override {}

    void on_reply(std::uint64_t id, std::string_view frame, const instant& now) override {
        if (id == 0) {  // SELECT: what follows it would run in another database
            if (frame.front() == '-') link_->fail("SELECT refused", now);
            return;
        }
        const waiter who = take(id);
        who.who->on_read(who.part, {read_result::kind::reply, shared_bytes{frame}, {}});
    }

    void on_lost(std::uint64_t id, const instant&) override {
        if (id == 0) return;
        waiter who = take(id);
        refuse(who, resp::errors::upstream_lost);
    }

    milliseconds timeout_;
    std::uint16_t greeted_;
    link* link_ = nullptr;
    std::function<void()> open_;
    bool tried_ = false;  ///< connected, or failed to, at least once
    std::uint16_t selected_ = 0;
    std::uint64_t last_id_ = 0;
    std::unordered_map<std::uint64_t, waiter> waiting_;
    std::vector<early> early_;
};

relay::relay(milliseconds timeout, std::uint16_t database) {
    for (auto& l : lanes_) l = std::make_unique<lane>(timeout, database);
}

relay::~relay() = default;

link_user& relay::user(resp::protocol p) noexcept {
    return *lanes_[p == resp::protocol::resp3 ? 1 : 0];
}

void relay::use(resp::protocol p, link& l, std::function<void()> open) {
    lanes_[p == resp::protocol::resp3 ? 1 : 0]->use(l, std::move(open));
}

void relay::forward(resp::protocol p, std::uint16_t database, std::string_view command, waiter who,
                    const instant& now) {
    lanes_[p == resp::protocol::resp3 ? 1 : 0]->forward(database, command, std::move(who), now);
}

}  // namespace herdgate
