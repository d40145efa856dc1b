// SPDX-License-Identifier: Apache-2.0
//
// The options of SET and GETEX, and expire times in arguments: which go together, and what is out
// of range.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "herdgate/core/base/time.hpp"

namespace herdgate::keyspace {

/// Which options a command takes.
enum class option_family : std::uint8_t {
    set,    ///< NX XX GET KEEPTTL and the expire times
    getex,  ///< PERSIST and the expire times
};

/// How an expire time is given.
enum class expire_unit : std::uint8_t {
    none,
    seconds,          ///< EX
    milliseconds,     ///< PX
    at_seconds,       ///< EXAT
    at_milliseconds,  ///< PXAT
};

struct set_options {
    bool nx = false;
    bool xx = false;
    bool get = false;
    bool keep_ttl = false;
    bool persist = false;
    expire_unit unit = expire_unit::none;
    std::string_view expire;  ///< with a unit
};

/// Reads options; nothing = a syntax error.
std::optional<set_options> parse_set_options(std::span<const std::string_view> args,
                                             option_family family);

enum class expire_error : std::uint8_t { none, not_an_integer, out_of_range };

struct expire_time {
    expire_error error = expire_error::none;
    redis_time at{};
};

/// The moment that an option's expire time means. It is positive and fits 64 bits of milliseconds,
/// or an error; an absolute one may have passed.
expire_time parse_expire_time(std::string_view text, expire_unit unit, redis_time now);

}  // namespace herdgate::keyspace
