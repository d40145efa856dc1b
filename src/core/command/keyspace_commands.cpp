// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/keyspace_commands.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "keyspace/handlers.hpp"

namespace herdgate {
namespace {

struct row {
    std::string_view name;
    keyspace_handler handler;
};

// Sorted by name.
constexpr std::array rows{
    row{"append", keyspace::append},
    row{"copy", keyspace::copy},
    row{"dbsize", keyspace::dbsize},
    row{"decr", keyspace::decr},
    row{"decrby", keyspace::decrby},
    row{"del", keyspace::del},
    row{"exists", keyspace::exists},
    row{"expire", keyspace::expire},
    row{"expireat", keyspace::expireat},
    row{"expiretime", keyspace::expiretime},
    row{"flushall", keyspace::flushall},
    row{"flushdb", keyspace::flushdb},
    row{"get", keyspace::get},
    row{"getdel", keyspace::getdel},
    row{"getex", keyspace::getex},
    row{"getrange", keyspace::getrange},
    row{"getset", keyspace::getset},
    row{"incr", keyspace::incr},
    row{"incrby", keyspace::incrby},
    row{"incrbyfloat", keyspace::incrbyfloat},
    row{"keys", keyspace::keys},
    row{"mget", keyspace::mget},
    row{"mset", keyspace::mset},
    row{"msetnx", keyspace::msetnx},
    row{"persist", keyspace::persist},
    row{"pexpire", keyspace::pexpire},
    row{"pexpireat", keyspace::pexpireat},
    row{"pexpiretime", keyspace::pexpiretime},
    row{"psetex", keyspace::psetex},
    row{"pttl", keyspace::pttl},
    row{"randomkey", keyspace::randomkey},
    row{"rename", keyspace::rename},
    row{"renamenx", keyspace::renamenx},
    row{"scan", keyspace::scan},
    row{"set", keyspace::set},
    row{"setex", keyspace::setex},
    row{"setnx", keyspace::setnx},
    row{"setrange", keyspace::setrange},
    row{"strlen", keyspace::strlen},
    row{"substr", keyspace::getrange},
    row{"touch", keyspace::exists},
    row{"ttl", keyspace::ttl},
    row{"type", keyspace::type},
    row{"unlink", keyspace::del},
};

constexpr bool before(const row& a, const row& b) {
    return a.name < b.name;
}
static_assert(std::is_sorted(rows.begin(), rows.end(), before));

}  // namespace

keyspace_handler find_keyspace_handler(std::string_view lowercase_name) {
    const auto it =
        std::lower_bound(rows.begin(), rows.end(), row{lowercase_name, nullptr}, before);
    return it != rows.end() && it->name == lowercase_name ? it->handler : nullptr;
}

}  // namespace herdgate
