// SPDX-License-Identifier: Apache-2.0
//
// engine, continued: commands that store a value under a key whose route does not take clients'
// values (`writes`). Each key goes its own way:
//
//   store         as if there were no such rule
//   invalidate    DEL in place of the write; the reply is that of a write that has worked
//   passthrough   to Redis as it is, then DEL of the entry
//   reject        the whole command is refused, before anything is done
#include <algorithm>
#include <array>
#include <utility>

#include "herdgate/core/base/words.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {
namespace {

using words = std::span<const std::string_view>;
using write = route_policy::write;

/// What a client hears whose value was dropped.
std::string reply_of_drop(const command_info& info, words args, resp::protocol protocol) {
    std::string out;
    const bool gets = info.name == "getset" ||
                      (info.name == "set" && std::any_of(args.begin(), args.end(), [](auto word) {
                           return is_word(word, "get");
                       }));
    if (gets)
        resp::write_null(out, protocol);
    else if (info.name == "setnx")
        resp::write_integer(out, 1);
    else
        out = resp::ok;
    return out;
}

/// Gives a reply of its own once the part that it waits for is done.
class answer_instead final : public reader {
  public:
    answer_instead(waiter who, shared_bytes reply)
        : who_(std::move(who)), reply_(std::move(reply)) {}

    void on_read(std::uint32_t, const read_result& done) override {
        if (done.what == read_result::kind::error) return who_.who->on_read(who_.part, done);
        who_.who->on_read(who_.part, {read_result::kind::reply, reply_, {}});
    }

  private:
    waiter who_;
    shared_bytes reply_;
};

}  // namespace

/// Drops an entry when Redis has answered the write; the reply is Redis's.
class engine::drop_after final : public reader {
  public:
    drop_after(engine& owner, message::edit drop) : owner_(owner), drop_(std::move(drop)) {}

    void on_read(std::uint32_t, const read_result& written) override {
        if (written.what == read_result::kind::reply) {
            const waiter who = drop_.who;
            drop_.who.who = std::make_shared<answer_instead>(who, written.value);
            return owner_.send_edit(std::move(drop_));
        }
        waiter who = std::exchange(drop_.who, {});
        who.who->on_read(who.part, written);
    }

  private:
    engine& owner_;
    message::edit drop_;
};

write engine::write_rule(const command_info& info, const route* r) {
    constexpr std::array<std::string_view, 6> storing{"getset", "mset",  "psetex",
                                                      "set",    "setex", "setnx"};
    const bool stores = std::find(storing.begin(), storing.end(), info.name) != storing.end();
    return r == nullptr || !stores ? write::store : r->policy.writes;
}

/// Refuses a command that writes where no client may. False: it may go on.
bool engine::refuse_write(session& client, const command_info& info,
                          std::span<const route* const> routes) {
    const auto forbidden = [&](const route* r) { return write_rule(info, r) == write::reject; };
    const auto found = std::find_if(routes.begin(), routes.end(), forbidden);
    if (found == routes.end()) return false;
    reject(client, resp::errors::write_rejected(info.name, (*found)->name));
    return true;
}

/// One key of a write, with a shared store. True if it is on its way here.
bool engine::write_by_rule(session& client, const command_info& info, const route* r,
                           message::edit& m) {
    switch (write_rule(info, r)) {
        case write::store:
        case write::reject:
            return false;
        case write::invalidate: {
            const std::vector<std::string_view> args{m.args.begin(), m.args.end()};
            const shared_bytes reply{reply_of_drop(info, args, m.protocol)};
            m.who.who = std::make_shared<answer_instead>(m.who, reply);
            m.args = {"DEL", m.key};
            return false;
        }
        case write::passthrough: {
            const std::vector<std::string> kept = std::exchange(m.args, {"DEL", m.key});
            const std::vector<std::string_view> args{kept.begin(), kept.end()};
            waiter who{nullptr, m.who.part, worker_, {}};
            who.who = std::make_shared<drop_after>(*this, std::move(m));
            forward(client, args, std::move(who));
            return true;
        }
    }
    return false;
}

/// A write in the embedded store. False: no rule concerns it.
bool engine::write_embedded(session& client, const command_info& info, words args) {
    const key_range keys = keys_of(info, args.size());
    std::vector<const route*> routes;
    for (std::size_t i = keys.first; i <= keys.last && keys.first > 0; i += keys.step)
        routes.push_back(process_.routes.find(args[i]));
    if (refuse_write(client, info, routes)) return true;
    std::vector<std::string_view> rest{args[0]};
    std::vector<std::string_view> dropped{"DEL"};
    for (std::size_t part = 0; part < routes.size(); ++part) {
        const std::size_t at = keys.first + part * keys.step;
        if (write_rule(info, routes[part]) == write::invalidate)
            dropped.push_back(args[at]);
        else
            rest.insert(rest.end(), {args[at], args[at + keys.step - 1]});
    }
    if (dropped.size() == 1) return false;
    std::string& out = client.replies().sink();
    std::string ignored;
    if (info.name == "mset" && args.size() % 2 == 0)
        resp::write_error(out, resp::errors::wrong_arity(info.name));
    else if (info.name == "mset" && rest.size() > 1)
        run_keyspace(client, rest, find_keyspace_handler("mset"), out);
    else
        out += reply_of_drop(info, args, client.state().protocol);
    run_keyspace(client, dropped, find_keyspace_handler("del"), ignored);
    return true;
}

}  // namespace herdgate
