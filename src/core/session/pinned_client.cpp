// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/pinned_client.hpp"

#include <algorithm>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/words.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/resp/error_replies.hpp"

namespace herdgate {
namespace {

constexpr std::string_view queued_reply = "+QUEUED\r\n";

reply_shape shape_of(link_effect effect) {
    switch (effect) {
        case link_effect::channels:
            return reply_shape::channel;
        case link_effect::patterns:
            return reply_shape::pattern;
        case link_effect::shards:
            return reply_shape::shard;
        case link_effect::exec:
            return reply_shape::transaction;
        default:
            return reply_shape::one;
    }
}

bool subscribes(link_effect effect) {
    return effect == link_effect::channels || effect == link_effect::patterns ||
           effect == link_effect::shards;
}

/// What later commands mean depends on its answer.
bool holds(link_effect effect) {
    return effect == link_effect::select || effect == link_effect::hello ||
           effect == link_effect::auth || effect == link_effect::reset;
}

/// In a transaction, EXEC has something to do here because of it.
bool changes_what_follows(link_effect effect) {
    return effect == link_effect::select || effect == link_effect::hello ||
           effect == link_effect::flush || effect == link_effect::set_name ||
           effect == link_effect::pause;
}

link_traits wish_of(const client_state& state) {
    return {state.protocol, state.database, state.name};
}

bool is_read(const command_info& info) {
    return info.flags.find("readonly") != std::string_view::npos;
}

}  // namespace

pinned_client::pinned_client(engine& owner, session& client, link_lender& lender,
                             link_lender::login whose)
    : owner_(owner),
      client_(client),
      whose_(whose),
      link_(lender, whose, wish_of(client.state()), *this) {
    kept_ = itself_ = whose == link_lender::login::none;
}

pinned_client::~pinned_client() {
    if (!gone() && returnable()) link_.set_clean();
    for (sent& left : sent_)
        if (left.who.who)
            left.who.who->on_read(
                left.who.part,
                {read_result::kind::error, {}, std::string{resp::errors::upstream_lost}});
}

void pinned_client::pass(const command_info* info, words args) {
    awaited_ = false;
    sent one;
    one.effect = effect_of(info, args);
    if (one.effect == link_effect::replicate && !in_multi_) link_.tunnel();
    if (link_.tunnelled()) return send_raw(args);
    one.blocks = !in_multi_ && may_block(info, args);
    one.slot = client_.replies().open();
    const bool keeps = use_of(info, args) == link_use::kept;
    if (keeps) kept_ = true;
    one.logs_in = one.effect == link_effect::auth || (keeps && one.effect == link_effect::hello);
    note(one, args);
    send(std::move(one), args);
}

/// To a stream that is no RESP: no answer is counted.
void pinned_client::send_raw(words args) {
    kept_ = true;
    std::string command;
    resp::write_command(command, args);
    if (!gone()) link_.send(command);
}

void pinned_client::pass(words args, waiter who) {
    sent one;
    one.who = std::move(who);
    send(std::move(one), args);
}

/// A user of Redis's own is checked by Redis when it queues the command itself.
void pinned_client::queue(const command_info& info, words args) {
    HERDGATE_ASSERT(in_multi_);
    if (itself_ && !is_read(info)) return refuse(resp::errors::not_in_transaction(info.name));
    sent one;
    one.what = sent::kind::kept;
    one.slot = client_.replies().open();
    one.args.assign(args.begin(), args.end());
    keeping_ = true;
    constexpr std::string_view echo[] = {"ECHO", ""};
    send(std::move(one), itself_ ? args : words{echo});
}

void pinned_client::refuse(std::string_view error) {
    sent one;
    one.what = sent::kind::refused;
    one.slot = client_.replies().open();
    resp::write_error(one.text, error);
    constexpr std::string_view echo[] = {"ECHO"};
    send(std::move(one), echo);
}

/// A read is run: what is under the key itself does not matter. A write is queued, and forgotten.
void pinned_client::ask(const command_info& info, words args) {
    client_.hold();
    sent one;
    one.what = sent::kind::asked;
    if (is_read(info)) return send(std::move(one), args);
    if (watching_) {
        resp::write_error(verdict_.emplace(), resp::errors::not_while_watching(info.name));
        return client_.release();
    }
    one.what = sent::kind::asking;
    one.args.assign(args.begin(), args.end());
    constexpr std::string_view multi[] = {"MULTI"};
    send(std::move(one), multi);
}

bool pinned_client::prepare(const command_info* info) {
    const client_state& state = client_.state();
    link_traits& is = link_.traits();
    const std::size_t before = sent_.size();
    const bool resp3 = state.protocol == resp::protocol::resp3;
    if (std::exchange(is.protocol, state.protocol) != state.protocol)
        tell({"HELLO", resp3 ? "3" : "2"});
    if (needs_database(info)) {
        if (std::exchange(is.database, state.database) != state.database)
            tell({"SELECT", std::to_string(state.database)});
        if (std::exchange(is.name, state.name) != state.name)
            tell({"CLIENT", "SETNAME", state.name});
    }
    return sent_.size() == before || settle();
}

bool pinned_client::settle() {
    if (sent_.empty()) return true;
    settling_ = awaited_ = true;
    client_.hold();
    return false;
}

void pinned_client::tell(std::initializer_list<std::string_view> args) {
    sent one;
    one.what = sent::kind::own;
    send(std::move(one), {args.begin(), args.size()});
}

/// After RESET the link is nobody's: with a login that the configuration gives, it is ours again.
void pinned_client::log_in_again() {
    const upstream_config& to = *owner_.configuration().upstream;
    if (whose_ == link_lender::login::none || to.password.empty()) return;
    if (to.username.empty())
        tell({"AUTH", to.password});
    else
        tell({"AUTH", to.username, to.password});
}

/// What is known as soon as a command is on its way.
void pinned_client::note(sent& what, words args) {
    using effect = link_effect;
    what.holds = !in_multi_ && holds(what.effect);
    if (what.effect == effect::reset) {
        what.holds = true;
        what.always = client_.state().muted;
    }
    if (what.effect == effect::multi) in_multi_ = true;
    if (what.effect == effect::exec) what.holds = keeping_;
    if (what.effect == effect::exec || what.effect == effect::discard ||
        what.effect == effect::reset)
        in_multi_ = keeping_ = false;
    if (in_multi_ && changes_what_follows(what.effect)) keeping_ = true;
    if (what.holds || changes_what_follows(what.effect)) what.args.assign(args.begin(), args.end());
    if (subscribes(what.effect)) ++subscribing_;
    if (what.holds) client_.hold();
    if (what.blocks) ++blocking_;
}

void pinned_client::send(sent what, words args) {
    if (gone()) {
        std::string error;
        resp::write_error(error, resp::errors::upstream_away);
        if (what.holds) client_.release();
        if (what.blocks) --blocking_;
        if (subscribes(what.effect)) --subscribing_;
        return reply(what, error);
    }
    std::string command;
    resp::write_command(command, args);
    const reply_shape shape = shape_of(what.effect);
    sent_.push_back(std::move(what));
    link_.send(command, shape, args.size() - 1);
}

bool pinned_client::restricted() const noexcept {
    return client_.state().protocol == resp::protocol::resp2 && link_.subscribed();
}

bool pinned_client::returnable() const noexcept {
    const bool ran =
        std::all_of(running_.begin(), running_.end(), [](const auto& one) { return one->done(); });
    return !kept_ && !awaited_ && sent_.empty() && !in_multi_ && !transaction_.open && !watching_ &&
           !link_.streaming() && ran && refusal_.empty();
}

void pinned_client::reply(sent& to, std::string_view bytes) {
    if (to.slot) {
        // As in Redis, a muted client hears of its subscriptions.
        const bool confirmed =
            subscribes(to.effect) && (bytes.front() == '*' || bytes.front() == '>');
        client_.replies().fill_copy(*to.slot, bytes, confirmed || to.always);
        owner_.touch(client_);
    } else if (to.who.who) {
        to.who.who->on_reply(to.who.part, bytes);
    }
}

void pinned_client::on_answer(std::string_view frames, const instant& now) {
    HERDGATE_ASSERT(!sent_.empty());
    sent done = std::move(sent_.front());
    sent_.pop_front();
    std::erase_if(running_, [](const auto& one) { return one->done(); });
    if (sent_.empty() && std::exchange(settling_, false)) {
        client_.release();
        owner_.touch(client_);
    }
    if (done.blocks) --blocking_;
    if (subscribes(done.effect)) --subscribing_;
    const bool refused = frames.front() == '-' || frames.front() == '!';
    if (transaction_.open && frames == queued_reply) {
        const std::size_t index = transaction_.size++;
        if (done.what == sent::kind::kept || changes_what_follows(done.effect))
            transaction_.own.push_back({index, done.effect, done.args});
        if (done.logs_in) become_unknown();
        return reply(done, frames);
    }
    if (done.effect == link_effect::exec) return end_transaction(done, frames, now);
    if (!refused) apply(done);
    if (refused && done.effect == link_effect::multi && !transaction_.open) in_multi_ = false;
    if (done.holds) client_.release();
    if (done.what == sent::kind::asking && !refused) return ask_in_transaction(done);
    if (done.what == sent::kind::asked || done.what == sent::kind::asking)
        return take_answer(done, frames);
    if (done.what == sent::kind::refused) return reply(done, done.text);
    if (done.what == sent::kind::kept && !refused) return runner(done).run_alone(done.args, now);
    if (done.what == sent::kind::own && refused) {
        if (itself_) return client_.link().abort();
        refusal_ = frames;
    }
    reply(done, frames);
}

/// AUTH in a transaction: from EXEC on it is somebody, whose permissions nobody else has.
void pinned_client::become_unknown() {
    itself_ = true;
    client_.state().user = "client " + std::to_string(client_.identity().id);
}

/// Redis would run the command outside of one.
void pinned_client::ask_in_transaction(const sent& asking) {
    const std::vector<std::string_view> args{asking.args.begin(), asking.args.end()};
    sent one;
    one.what = sent::kind::asked;
    send(std::move(one), args);
    tell({"DISCARD"});
}

/// Other errors than these are about the command.
void pinned_client::take_answer(const sent& asked, std::string_view frame) {
    constexpr std::string_view denials[] = {"-NOPERM", "-NOAUTH", "-BUSY", "-LOADING"};
    const bool denied = asked.what == sent::kind::asking ||
                        std::any_of(std::begin(denials), std::end(denials),
                                    [&](auto denial) { return frame.starts_with(denial); });
    verdict_ = denied ? std::string{frame} : std::string{};
    client_.release();
    owner_.touch(client_);
}

/// EXEC has been answered. What the transaction kept back is run now, if Redis has run the rest.
void pinned_client::end_transaction(sent& exec, std::string_view frames, const instant& now) {
    transaction ended = std::exchange(transaction_, {});
    // EXEC without MULTI is an error that ends no WATCH.
    if (ended.open) watching_ = false;
    const bool ran = frames.front() == '*' && !frames.starts_with("*-1");
    if (ran && !ended.own.empty()) {
        for (queued_command& one : ended.own) one.place = link_.exec_place(one.place);
        return runner(exec).run(frames, ended.own, now);
    }
    if (exec.holds) client_.release();
    reply(exec, frames);
}

/// Whoever runs it gives the reply in its place.
exec_reply& pinned_client::runner(sent& whose) {
    auto done = [this, slot = whose.slot](std::string bytes) {
        link_.traits().database = client_.state().database;
        link_.traits().protocol = client_.state().protocol;
        link_.traits().name = client_.state().name;
        client_.release();
        client_.replies().fill(*slot, std::move(bytes));
        owner_.touch(client_);
    };
    running_.push_back(std::make_unique<exec_reply>(owner_, client_, std::move(done)));
    return *running_.back();
}

void pinned_client::on_unasked(std::string_view bytes, const instant&) {
    std::optional<reply_queue::slot_id> before;
    for (const sent& one : sent_)
        if (!before && one.slot) before = one.slot;
    client_.replies().interject(before, bytes);
    owner_.touch(client_);
}

void pinned_client::on_link_lost(bool was_up, const instant&) {
    if (client_.closing() && sent_.empty()) return;  // after QUIT
    if (was_up || whose_ == link_lender::login::none) {
        client_.link().send();
        client_.link().abort();
    }
    std::string error;
    resp::write_error(error, was_up ? resp::errors::upstream_lost : resp::errors::upstream_away);
    blocking_ = subscribing_ = 0;
    in_multi_ = keeping_ = false;
    if (settling_) refusal_ = error;
    for (sent& left : std::exchange(sent_, {})) reply(left, error);
    client_.release();
    owner_.touch(client_);
}

void pinned_client::on_sending() {
    owner_.touch(client_);
}

}  // namespace herdgate
