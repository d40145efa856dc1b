// SPDX-License-Identifier: Apache-2.0
//
// What the keyspace handlers share: argument texts, the route of a key, and storing a value as the
// key's kind demands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "herdgate/core/base/words.hpp"
#include "herdgate/core/cache/key_access.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "herdgate/core/command/route_table.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/resp/decimal.hpp"
#include "herdgate/core/resp/error_replies.hpp"

namespace herdgate::keyspace {

/// The command's name in lower case, for error texts.
std::string command_name(const keyspace_call& call);

/// The route that claims the key; nullptr = none.
inline const route* route_of(const keyspace_call& call, std::string_view key) {
    return call.routes != nullptr ? call.routes->find(key) : nullptr;
}

/// What a key that exists holds, in Redis's words.
inline std::string_view type_name(const keyspace_call& call, std::string_view key) {
    const route* const r = route_of(call, key);
    return r != nullptr && r->as_hash ? "hash" : "string";
}

/// True, with the error written, if the key is routed: for commands that cannot be used there.
bool refuse_routed(keyspace_call& call, std::string_view key);

inline entry_key key_of(const keyspace_call& call, std::string_view key) {
    return {call.database, key};
}

inline void reply_error(keyspace_call& call, std::string_view text) {
    resp::write_error(call.out, text);
}
inline void reply_integer(keyspace_call& call, std::int64_t value) {
    resp::write_integer(call.out, value);
}
/// The value, or null where there is none.
void reply_value(keyspace_call& call, const shared_bytes& value);

/// A moment that a client asked for, as the store keeps it: the last millisecond of the type stands
/// for "never".
inline redis_time representable(redis_time at) noexcept {
    return at == never ? at - milliseconds{1} : at;
}

/// How long a value that is written lives.
struct lifetime {
    enum class kind : std::uint8_t { unlimited, until, keep };
    kind what = kind::unlimited;
    redis_time end{};  ///< with `until`
};

/// Stores a value: a plain string, or, under a routed key, an entry that was loaded now. What lives
/// until a moment that has passed is erased instead. `before`: what the key holds. False: it does
/// not fit.
bool store_value(const keyspace_call& call, key_access& access, std::string_view key,
                 shared_bytes value, lifetime life, const key_view& before);

/// Moves the end of a key that exists: a plain key's life, or an entry's freshness and the windows
/// after it. An end that has passed erases the key.
void move_end(const keyspace_call& call, key_access& access, std::string_view key,
              const key_view& before, redis_time end);

/// Takes a key's end away; an entry's goes to where its route would have put it. False: nothing to
/// change.
bool remove_end(const keyspace_call& call, key_access& access, std::string_view key,
                const key_view& before);

}  // namespace herdgate::keyspace
