// SPDX-License-Identifier: Apache-2.0
//
// TYPE, and commands that give a value another name. They are refused on routed keys: a loader is
// tied to its key.
#include <limits>

#include "handlers.hpp"
#include "herdgate/core/base/limits.hpp"
#include "support.hpp"

namespace herdgate::keyspace {
namespace {

lifetime lifetime_of(const key_view& view) {
    if (view.is_entry || view.expires == never) return {};
    return {lifetime::kind::until, view.expires};
}

void rename_key(keyspace_call& call, bool only_new) {
    const std::string_view from = call.args[1];
    const std::string_view to = call.args[2];
    if (refuse_routed(call, from) || refuse_routed(call, to)) return;
    key_view source;
    bool taken = false;
    bool fits = true;
    {
        key_access access{call.store, key_of(call, from), key_of(call, to), call.now};
        source = access.find(key_of(call, from));
        taken = static_cast<bool>(access.find(key_of(call, to)));
        if (source && from != to && !(only_new && taken)) {
            fits = store_value(call, access, to, source.value, lifetime_of(source), {});
            if (fits) access.erase(key_of(call, from));
        }
    }
    if (!source) return reply_error(call, resp::errors::no_such_key);
    if (!fits) return reply_error(call, resp::errors::out_of_memory);
    if (only_new) return reply_integer(call, taken ? 0 : 1);
    call.out += resp::ok;
}

struct copy_options {
    std::uint16_t database;
    bool replace = false;
};

// False, with the error written.
bool read_options(keyspace_call& call, copy_options& o) {
    for (std::size_t i = 3; i < call.args.size(); ++i) {
        if (is_word(call.args[i], "replace")) {
            o.replace = true;
        } else if (is_word(call.args[i], "db") && i + 1 < call.args.size()) {
            const auto number = resp::parse_decimal(call.args[++i]);
            using int32 = std::numeric_limits<std::int32_t>;
            std::string_view error;
            if (!number) {
                error = resp::errors::not_an_integer;
            } else if (*number < int32::min() || *number > int32::max()) {
                error = resp::errors::not_an_int32;
            } else if (*number < 0 || *number >= std::int64_t{limits::databases}) {
                error = resp::errors::database_out_of_range;
            }
            if (!error.empty()) {
                reply_error(call, error);
                return false;
            }
            o.database = static_cast<std::uint16_t>(*number);
        } else {
            reply_error(call, resp::errors::syntax);
            return false;
        }
    }
    return true;
}

}  // namespace

void type(keyspace_call& call) {
    bool found = false;
    {
        key_access access{call.store, key_of(call, call.args[1]), call.now};
        found = static_cast<bool>(access.find(key_of(call, call.args[1])));
    }
    resp::write_simple(call.out, found ? type_name(call, call.args[1]) : "none");
}

void rename(keyspace_call& call) {
    rename_key(call, false);
}
void renamenx(keyspace_call& call) {
    rename_key(call, true);
}

void copy(keyspace_call& call) {
    copy_options o{call.database};
    if (!read_options(call, o)) return;
    const entry_key from = key_of(call, call.args[1]);
    const entry_key to{o.database, call.args[2]};
    if (refuse_routed(call, from.key) || refuse_routed(call, to.key)) return;
    if (from.database == to.database && from.key == to.key) {
        return reply_error(call, resp::errors::same_object);
    }
    bool copied = false;
    bool fits = true;
    {
        key_access access{call.store, from, to, call.now};
        const key_view source = access.find(from);
        if (source && (o.replace || !access.find(to))) {
            const redis_time end = source.is_entry ? never : source.expires;
            fits = copied = access.put_plain(to, source.value, end);
        }
    }
    if (!fits) return reply_error(call, resp::errors::out_of_memory);
    reply_integer(call, copied ? 1 : 0);
}

}  // namespace herdgate::keyspace
