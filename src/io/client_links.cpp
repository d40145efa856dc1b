// SPDX-License-Identifier: Apache-2.0
#include "client_links.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/limits.hpp"

namespace herdgate {

/// While it is spare it is its own user: whatever happens to it then ends it.
class client_links::connection final : public link_user {
  public:
    connection(client_links& owner, link_settings settings, std::uint64_t seed, login whose)
        : login_of(whose),
          io(owner.parts_.io, owner.parts_.to, std::move(settings), *this, owner.parts_.time, seed,
             owner.parts_.after_event),
          owner_(owner) {}

    const login login_of;
    link_io io;
    link_traits traits;
    bool is_queued = false;

  private:
    void on_link_up(const instant&) override {}
    void on_link_down(std::string_view, const instant&) override { owner_.drop_spare(*this); }
    void on_push(std::string_view, const instant&) override { owner_.drop_spare(*this); }

    client_links& owner_;
};

client_links::client_links(parts p) : parts_(std::move(p)), settings_(settings_of(parts_.to)) {
    settings_.lent = true;
    settings_.ping = false;
    settings_.replies.nesting = limits::passed_nesting;
    settings_.database = 0;
}

client_links::~client_links() = default;

/// One that needs no SELECT, HELLO or name if there is one; the latest of them.
std::unique_ptr<client_links::connection> client_links::take_spare(const link_traits& wish) {
    auto best = spare_.rend();
    for (auto one = spare_.rbegin(); one != spare_.rend(); ++one) {
        if (best == spare_.rend()) best = one;
        if ((*one)->traits != wish) continue;
        best = one;
        break;
    }
    if (best == spare_.rend()) return nullptr;
    std::unique_ptr<connection> taken = std::move(*best);
    spare_.erase(std::next(best).base());
    parts_.metrics.links_spare.add(-1);
    return taken;
}

link_lender::loan client_links::lend(link_user& user, login whose, const link_traits& wish) {
    std::unique_ptr<connection> made;
    if (whose == login::configured) made = take_spare(wish);
    if (made) {
        made->io.core().set_user(user);
    } else {
        link_settings settings = settings_;
        if (whose == login::none) settings.password.clear();
        made = std::make_unique<connection>(*this, std::move(settings), ++parts_.seed, whose);
        made->io.core().set_user(user);
        made->io.start();
        parts_.metrics.links_opened.add();
    }
    parts_.metrics.links_lent.add(1);
    link& lent = made->io.core();
    const link_traits traits = made->traits;
    lent_.emplace(&lent, std::move(made));
    return {&lent, traits};
}

void client_links::give_back(link& lent, const link_traits& left, bool clean) {
    const auto found = lent_.find(&lent);
    HERDGATE_ASSERT(found != lent_.end());
    std::unique_ptr<connection> back = std::move(found->second);
    lent_.erase(found);
    parts_.metrics.links_lent.add(-1);
    lent.set_user(*back);
    // With dedicated links Redis sees the clients that there are, and no others.
    const bool spares = parts_.to.links == upstream_config::link_mode::shared;
    const bool useful = spares && clean && lent.up() && back->login_of == login::configured;
    if (!useful || spare_.size() >= limits::spare_links) return end(std::move(back));
    back->traits = left;
    parts_.metrics.links_spare.add(1);
    spare_.push_back(std::move(back));
}

void client_links::drop_spare(connection& lost) {
    const auto found = std::find_if(spare_.begin(), spare_.end(),
                                    [&](const auto& one) { return one.get() == &lost; });
    if (found == spare_.end()) return;
    std::unique_ptr<connection> over = std::move(*found);
    spare_.erase(found);
    parts_.metrics.links_spare.add(-1);
    end(std::move(over));
}

void client_links::end(std::unique_ptr<connection> over) {
    if (over->is_queued) std::erase(queued_, over.get());
    over->io.stop();
    ended_.push_back(std::move(over));
    if (ended_.size() > 1) return;
    boost::asio::post(parts_.io, [this, alive = std::weak_ptr<int>{alive_}] {
        if (!alive.expired()) ended_.clear();
    });
}

void client_links::queued(link& lent) {
    connection& one = *lent_.at(&lent);
    if (!std::exchange(one.is_queued, true)) queued_.push_back(&one);
}

void client_links::pause(link& lent, bool on) {
    lent_.at(&lent)->io.pause(on);
}

void client_links::flush() {
    for (connection* one : std::exchange(queued_, {})) {
        one->is_queued = false;
        one->io.flush();
    }
}

void client_links::stop() {
    for (const auto& [lent, one] : lent_) one->io.stop();
    for (const auto& one : spare_) one->io.stop();
}

}  // namespace herdgate
