// SPDX-License-Identifier: Apache-2.0
#include "set_options.hpp"

#include <limits>

#include "support.hpp"

namespace herdgate::keyspace {
namespace {

constexpr std::int64_t integer_max = std::numeric_limits<std::int64_t>::max();

expire_unit unit_of(std::string_view option) {
    if (is_word(option, "ex")) return expire_unit::seconds;
    if (is_word(option, "px")) return expire_unit::milliseconds;
    if (is_word(option, "exat")) return expire_unit::at_seconds;
    if (is_word(option, "pxat")) return expire_unit::at_milliseconds;
    return expire_unit::none;
}

// Options without an argument. False: not one of them, or not here.
bool take_flag(set_options& o, std::string_view option, option_family family) {
    const bool set = family == option_family::set;
    const bool timed = o.unit != expire_unit::none;
    if (set && !o.xx && is_word(option, "nx")) return o.nx = true;
    if (set && !o.nx && is_word(option, "xx")) return o.xx = true;
    if (set && is_word(option, "get")) return o.get = true;
    if (set && !timed && is_word(option, "keepttl")) return o.keep_ttl = true;
    if (!set && !timed && is_word(option, "persist")) return o.persist = true;
    return false;
}

}  // namespace

std::optional<set_options> parse_set_options(std::span<const std::string_view> args,
                                             option_family family) {
    set_options o;
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (take_flag(o, args[i], family)) continue;
        const expire_unit unit = unit_of(args[i]);
        const bool free =
            o.unit == expire_unit::none || o.unit == unit;  // the same twice: the last
        if (unit == expire_unit::none || !free || o.keep_ttl || o.persist || i + 1 == args.size()) {
            return std::nullopt;
        }
        o.unit = unit;
        o.expire = args[++i];
    }
    return o;
}

expire_time parse_expire_time(std::string_view text, expire_unit unit, redis_time now) {
    const auto number = resp::parse_decimal(text);
    if (!number) return {expire_error::not_an_integer, {}};
    const bool in_seconds = unit == expire_unit::seconds || unit == expire_unit::at_seconds;
    const bool relative = unit == expire_unit::seconds || unit == expire_unit::milliseconds;
    std::int64_t ms = *number;
    if (ms <= 0 || (in_seconds && ms > integer_max / 1000)) return {expire_error::out_of_range, {}};
    if (in_seconds) ms *= 1000;
    const std::int64_t base = relative ? now.time_since_epoch().count() : 0;
    if (ms > integer_max - base) return {expire_error::out_of_range, {}};
    return {expire_error::none, representable(redis_time{milliseconds{ms + base}})};
}

}  // namespace herdgate::keyspace
