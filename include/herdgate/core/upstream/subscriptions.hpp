// SPDX-License-Identifier: Apache-2.0
//
// subscriptions: what Redis tells a worker without being asked: that the lease somebody waits for
// has ended (the entry's own channel), that entries have changed (client tracking, redirected
// here), and what is published on one channel that is followed all the time. One subscriber link;
// a channel to wait on is subscribed only while somebody does.
//
// A wait on a link that is down, or that Redis refuses, is answered at once: nobody will be told.
// When the link is lost, everybody who waits is woken: they look for themselves.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "herdgate/core/resp/reply_cursor.hpp"
#include "herdgate/core/upstream/link.hpp"

namespace herdgate {

class subscriptions_user {
  public:
    /// `client_id`: what Redis calls this connection.
    virtual void on_subscriber(bool up, std::string_view client_id, const instant& now) = 0;
    /// Redis does not let us hear of changes.
    virtual void on_no_tracking() = 0;
    virtual void on_watching(std::uint64_t id, bool will_be_told, const instant& now) = 0;
    virtual void on_wake(std::uint64_t id, const instant& now) = 0;
    /// A message on the channel that is followed.
    virtual void on_published(std::string_view text, const instant& now) = 0;
    /// Every message on that channel is heard from now on, or Redis refuses to tell.
    virtual void on_following(bool told, const instant& now) = 0;
    /// A tracked key has changed.
    virtual void on_invalidated(std::string_view name, const instant& now) = 0;
    /// All of them have.
    virtual void on_all_invalidated(const instant& now) = 0;

  protected:
    ~subscriptions_user() = default;
};

class subscriptions final : private link_user {
  public:
    explicit subscriptions(subscriptions_user& user) noexcept : user_(user) {}

    link_user& user() noexcept { return *this; }
    void use(link& subscriber) noexcept { link_ = &subscriber; }

    /// Which channel is to be followed. Once, before the link starts.
    void follow(std::string channel) { followed_ = std::move(channel); }

    /// Tells `id` of every message on the channel, until unwatch.
    void watch(std::uint64_t id, const std::string& channel, const instant& now);
    void unwatch(std::uint64_t id, const std::string& channel);

  private:
    struct watched {
        std::vector<std::uint64_t> ids;
        bool confirmed = false;
    };

    void confirm(const std::string& channel, bool told, const instant& now);
    void on_message(std::string_view channel, resp::reply_cursor payload, const instant& now);

    void on_link_up(const instant& now) override;
    void on_link_down(std::string_view reason, const instant& now) override;
    void on_push(std::string_view frame, const instant& now) override;

    subscriptions_user& user_;
    link* link_ = nullptr;
    bool up_ = false;  ///< the link is, and its id is known
    std::string id_;
    std::string followed_;  ///< empty = none
    std::unordered_map<std::string, watched> channels_;
    std::deque<std::string> asked_;  ///< SUBSCRIBEs on their way, oldest first
};

}  // namespace herdgate
