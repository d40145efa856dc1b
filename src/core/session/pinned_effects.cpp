// SPDX-License-Identifier: Apache-2.0
//
// pinned_client, continued: what a command has changed that Redis has accepted.
#include "herdgate/core/base/words.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/session/pinned_client.hpp"

namespace herdgate {

void pinned_client::apply(const sent& done) {
    client_state& state = client_.state();
    switch (done.effect) {
        case link_effect::select:
            state.database = static_cast<std::uint16_t>(
                resp::parse_decimal(done.args[1]).value_or(state.database));
            link_.traits().database = state.database;
            return;
        case link_effect::hello:
            return apply_hello(done);
        case link_effect::auth:
            state.user = done.args.size() == 3 ? done.args[1] : "default";
            client_.set_authenticated(true);
            itself_ = true;
            return;
        case link_effect::set_name:
            state.name = link_.traits().name = done.args[2];
            return;
        case link_effect::reset:
            return apply_reset();
        case link_effect::multi:
            transaction_ = {};
            transaction_.open = true;
            link_.set_in_transaction();
            return;
        case link_effect::discard:
            transaction_ = {};
            watching_ = false;
            return;
        case link_effect::watch:
            watching_ = true;
            return;
        case link_effect::unwatch:
            watching_ = false;
            return;
        case link_effect::monitor:
            return link_.set_monitoring();
        case link_effect::replicate:
            return link_.tunnel();
        case link_effect::flush:
            return owner_.entries_flushed();
        case link_effect::pause:
            return owner_.note_pause({done.args.begin(), done.args.end()}, true);
        default:
            return;
    }
}

/// HELLO [version [AUTH user password] [SETNAME name]].
void pinned_client::apply_hello(const sent& done) {
    client_state& state = client_.state();
    if (done.args.size() > 1) {
        const bool resp3 = done.args[1] == "3";
        state.protocol = resp3 ? resp::protocol::resp3 : resp::protocol::resp2;
        link_.traits().protocol = state.protocol;
    }
    for (std::size_t i = 2; i < done.args.size(); ++i) {
        if (is_word(done.args[i], "auth") && i + 2 < done.args.size()) {
            state.user = done.args[i + 1];
            client_.set_authenticated(true);
            kept_ = itself_ = true;
            i += 2;
        } else if (is_word(done.args[i], "setname") && i + 1 < done.args.size()) {
            state.name = link_.traits().name = done.args[++i];
        }
    }
}

/// The link stays: Redis remembers by its connection what was read there while it was tracked.
void pinned_client::apply_reset() {
    transaction_ = {};
    watching_ = false;
    itself_ = whose_ == link_lender::login::none;
    link_.forget_subscriptions();
    link_.traits() = {};
    client_.state() = client_state{};
    owner_.greet(client_);
    log_in_again();
}

}  // namespace herdgate
