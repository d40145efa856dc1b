// SPDX-License-Identifier: Apache-2.0
//
// GET and SET in all their forms.
#include "handlers.hpp"
#include "set_options.hpp"
#include "support.hpp"

namespace herdgate::keyspace {
namespace {

key_view read(keyspace_call& call, std::string_view key) {
    key_access access{call.store, key_of(call, key), call.now};
    return access.find(key_of(call, key));
}

// The moment an option means; false, with the error written, if it means none.
bool read_expire(keyspace_call& call, std::string_view text, expire_unit unit, redis_time& at) {
    const expire_time parsed = parse_expire_time(text, unit, call.now);
    at = parsed.at;
    if (parsed.error == expire_error::none) return true;
    reply_error(call, parsed.error == expire_error::not_an_integer
                          ? std::string{resp::errors::not_an_integer}
                          : resp::errors::invalid_expire(command_name(call)));
    return false;
}

struct set_result {
    bool done = false;
    bool fits = true;
    key_view before;
};

set_result set_value(const keyspace_call& call, std::string_view key, std::string_view text,
                     const set_options& o, lifetime life) {
    shared_bytes value{text};
    key_access access{call.store, key_of(call, key), call.now};
    set_result result;
    result.before = access.find(key_of(call, key));
    if ((o.nx && result.before) || (o.xx && !result.before)) return result;
    result.fits = store_value(call, access, key, std::move(value), life, result.before);
    result.done = result.fits;
    return result;
}

void set_with_expire(keyspace_call& call, expire_unit unit) {
    lifetime life{lifetime::kind::until, {}};
    if (!read_expire(call, call.args[2], unit, life.end)) return;
    if (!set_value(call, call.args[1], call.args[3], {}, life).fits) {
        return reply_error(call, resp::errors::out_of_memory);
    }
    call.out += resp::ok;
}

}  // namespace

void get(keyspace_call& call) {
    reply_value(call, read(call, call.args[1]).value);
}

void set(keyspace_call& call) {
    const auto options = parse_set_options(call.args.subspan(3), option_family::set);
    if (!options) return reply_error(call, resp::errors::syntax);
    lifetime life;
    if (options->keep_ttl) life.what = lifetime::kind::keep;
    if (options->unit != expire_unit::none) {
        life.what = lifetime::kind::until;
        if (!read_expire(call, options->expire, options->unit, life.end)) return;
    }
    const set_result result = set_value(call, call.args[1], call.args[2], *options, life);
    if (!result.fits) return reply_error(call, resp::errors::out_of_memory);
    if (options->get) return reply_value(call, result.before.value);
    if (!result.done) return resp::write_null(call.out, call.protocol);
    call.out += resp::ok;
}

void setnx(keyspace_call& call) {
    const set_result result =
        set_value(call, call.args[1], call.args[2], set_options{.nx = true, .expire = {}}, {});
    if (!result.fits) return reply_error(call, resp::errors::out_of_memory);
    reply_integer(call, result.done ? 1 : 0);
}

void setex(keyspace_call& call) {
    set_with_expire(call, expire_unit::seconds);
}
void psetex(keyspace_call& call) {
    set_with_expire(call, expire_unit::milliseconds);
}

void getset(keyspace_call& call) {
    const set_result result = set_value(call, call.args[1], call.args[2], {}, {});
    if (!result.fits) return reply_error(call, resp::errors::out_of_memory);
    reply_value(call, result.before.value);
}

void getdel(keyspace_call& call) {
    const entry_key key = key_of(call, call.args[1]);
    key_view view;
    {
        key_access access{call.store, key, call.now};
        view = access.find(key);
        access.erase(key);
    }
    reply_value(call, view.value);
}

void getex(keyspace_call& call) {
    const auto options = parse_set_options(call.args.subspan(2), option_family::getex);
    if (!options) return reply_error(call, resp::errors::syntax);
    const std::string_view key = call.args[1];
    const bool timed = options->unit != expire_unit::none;
    expire_time end;
    if (timed) end = parse_expire_time(options->expire, options->unit, call.now);
    key_view view;
    {
        key_access access{call.store, key_of(call, key), call.now};
        view = access.find(key_of(call, key));
        // A bad time is an error only where there is a key, as in Redis.
        if (view && timed && end.error == expire_error::none) {
            move_end(call, access, key, view, end.at);
        } else if (view && options->persist) {
            remove_end(call, access, key, view);
        }
    }
    redis_time unused;
    if (view && timed && !read_expire(call, options->expire, options->unit, unused)) return;
    reply_value(call, view.value);
}

}  // namespace herdgate::keyspace
