// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/relay.hpp"

#include <deque>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/upstream/database_switch.hpp"

namespace herdgate {

/// One protocol's link and the commands on it.
class relay::lane final : public link_user, private reply_taker {
  public:
    lane(milliseconds timeout, std::uint16_t database) : timeout_(timeout), databases_(database) {}

    void use(link& l, std::function<void()> open) {
        link_ = &l;
        open_ = std::move(open);
    }

    void forward(std::uint16_t database, std::string_view command, waiter who, const instant& now) {
        if (link_->up()) return send(database, command, std::move(who), now);
        if (away_) return refuse(who, resp::errors::upstream_away);
        early_.push_back({database, std::string{command}, std::move(who)});
        if (open_) std::exchange(open_, nullptr)();
    }

  private:
    /// Ids: of clients' commands; of SELECTs where the database is known, else that one and the
    /// database's number.
    static constexpr std::uint64_t passed = 0;
    static constexpr std::uint64_t selects = 1;

    struct early {
        std::uint16_t database;
        std::string command;
        waiter who;
    };

    static void refuse(waiter& who, std::string_view error) {
        who.who->on_read(who.part, {read_result::kind::error, {}, std::string{error}});
    }

    void send(std::uint16_t database, std::string_view command, waiter who, const instant& now) {
        using step = database_switch::step;
        const step next = databases_.to(database);
        const steady_time deadline = now.steady + timeout_;
        if (next == step::not_a_place) return refuse(who, resp::errors::database_out_of_range);
        if (next == step::select || next == step::ask)
            link_->send(resp::command({"SELECT", std::to_string(database)}), *this,
                        next == step::ask ? selects + 1 + database : selects, deadline);
        if (next == step::ask || next == step::wait)
            return early_.push_back({database, std::string{command}, std::move(who)});
        waiting_.push_back(std::move(who));
        link_->send(command, *this, passed, deadline);
    }

    /// Everything that waits, once more: for the link, or for its database.
    void go_on(const instant& now) {
        for (early& e : std::exchange(early_, {}))
            send(e.database, e.command, std::move(e.who), now);
    }

    /// Replies, and losses, come in the order of the commands.
    waiter take_oldest() {
        HERDGATE_ASSERT(!waiting_.empty());
        waiter who = std::move(waiting_.front());
        waiting_.pop_front();
        return who;
    }

    void on_link_up(const instant& now) override {
        was_up_ = true;
        away_ = false;
        databases_.reset();
        go_on(now);
    }

    void on_link_down(std::string_view, const instant&) override {
        // A connection that was closed says nothing of the next one: what comes until then waits
        // for it.
        away_ = !(std::exchange(was_up_, false) && link_->lost_to_a_close());
        for (early& e : std::exchange(early_, {})) refuse(e.who, resp::errors::upstream_away);
    }

    void on_push(std::string_view, const instant&) override {}

    void on_reply(std::uint64_t id, std::string_view frame, const instant& now) override {
        if (id == selects) {  // of a database that is there: what followed it went elsewhere
            if (frame.front() == '-') link_->fail("SELECT refused", now);
            return;
        }
        if (id != passed) {
            databases_.answered(static_cast<std::uint16_t>(id - selects - 1), frame.front() != '-');
            return go_on(now);
        }
        const waiter who = take_oldest();
        who.who->on_reply(who.part, frame);
    }

    void on_lost(std::uint64_t id, const instant&) override {
        if (id != passed) return;
        waiter who = take_oldest();
        refuse(who, resp::errors::upstream_lost);
    }

    milliseconds timeout_;
    database_switch databases_;
    link* link_ = nullptr;
    std::function<void()> open_;
    bool was_up_ = false;
    bool away_ = false;  ///< the last attempt to connect has failed
    std::deque<waiter> waiting_;
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
