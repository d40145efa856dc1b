// SPDX-License-Identifier: Apache-2.0
//
// Commands on many keys.
#include <vector>

#include "handlers.hpp"
#include "support.hpp"

namespace herdgate::keyspace {
namespace {

// name key value [key value…]: all or nothing. False, with the error written: the arguments do not
// come in pairs.
bool in_pairs(keyspace_call& call) {
    if (call.args.size() % 2 == 1) return true;
    reply_error(call, resp::errors::wrong_arity(command_name(call)));
    return false;
}

// Stores all pairs. False, with nothing changed: one of them does not fit.
bool set_pairs(keyspace_call& call, key_access& access) {
    const auto pairs = call.args.subspan(1);
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
        if (!access.fits(key_of(call, pairs[i]), pairs[i + 1].size())) return false;
    }
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
        store_value(call, access, pairs[i], shared_bytes{pairs[i + 1]}, {}, {});
    }
    return true;
}

}  // namespace

// The same large value may be asked for many times: how long the reply is going to be is known
// before it is written.
void mget(keyspace_call& call) {
    std::vector<shared_bytes> values;
    std::size_t bytes = 0;
    for (const std::string_view key : call.args.subspan(1)) {
        key_access access{call.store, key_of(call, key), call.now};
        values.push_back(access.find(key_of(call, key)).value);
        bytes += values.back().size();
    }
    if (bytes > call.reply_bytes) return reply_error(call, resp::errors::reply_too_large);
    resp::write_array(call.out, values.size());
    for (const shared_bytes& value : values) reply_value(call, value);
}

void mset(keyspace_call& call) {
    if (!in_pairs(call)) return;
    bool fits = false;
    {
        key_access access{call.store, call.database, call.args.subspan(1), 2, call.now};
        fits = set_pairs(call, access);
    }
    if (!fits) return reply_error(call, resp::errors::out_of_memory);
    call.out += resp::ok;
}

void msetnx(keyspace_call& call) {
    if (!in_pairs(call)) return;
    const auto pairs = call.args.subspan(1);
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
        if (refuse_routed(call, pairs[i])) return;
    }
    bool fits = true;
    bool exists = false;
    {
        key_access access{call.store, call.database, pairs, 2, call.now};
        for (std::size_t i = 0; i < pairs.size() && !exists; i += 2) {
            exists = static_cast<bool>(access.find(key_of(call, pairs[i])));
        }
        if (!exists) fits = set_pairs(call, access);
    }
    if (!fits) return reply_error(call, resp::errors::out_of_memory);
    reply_integer(call, exists ? 0 : 1);
}

void del(keyspace_call& call) {
    std::int64_t count = 0;
    for (const std::string_view key : call.args.subspan(1)) {
        key_access access{call.store, key_of(call, key), call.now};
        if (access.erase(key_of(call, key))) ++count;
    }
    reply_integer(call, count);
}

void exists(keyspace_call& call) {
    std::int64_t count = 0;
    for (const std::string_view key : call.args.subspan(1)) {
        key_access access{call.store, key_of(call, key), call.now};
        if (access.find(key_of(call, key))) ++count;
    }
    reply_integer(call, count);
}

}  // namespace herdgate::keyspace
