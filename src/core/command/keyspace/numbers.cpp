// SPDX-License-Identifier: Apache-2.0
//
// INCR and its relatives: strings that hold numbers. The key's expiry stays.
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "handlers.hpp"
#include "support.hpp"

namespace herdgate::keyspace {
namespace {

constexpr std::size_t float_text_max = 5 * 1024;  // of a long double, as in Redis

// A long double as Redis accepts it: what strtold takes whole, without white space in front, except
// NaN.
bool parse_float(std::string_view text, long double& value) {
    if (text.empty() || text.size() >= float_text_max) return false;
    const std::string copy{text};
    char* end = nullptr;
    errno = 0;
    value = std::strtold(copy.c_str(), &end);
    const bool spaced = std::string_view{" \t\n\v\f\r"}.find(copy[0]) != std::string_view::npos;
    if (spaced || end != copy.c_str() + copy.size() || std::isnan(value)) return false;
    const bool extreme = std::isinf(value) || std::fpclassify(value) == FP_ZERO;
    return errno == 0 || (errno == ERANGE && !extreme);
}

// Seventeen digits after the point, without trailing zeros: what a person would write.
std::string float_text(long double value) {
    char buffer[float_text_max];
    const int length = std::snprintf(buffer, sizeof(buffer), "%.17Lf", value);
    std::string text{buffer, static_cast<std::size_t>(length)};
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
    }
    return text == "-0" ? "0" : text;
}

void add(keyspace_call& call, std::int64_t by) {
    const std::string_view key = call.args[1];
    if (refuse_routed(call, key)) return;
    std::string_view error;
    std::int64_t sum = 0;
    {
        key_access access{call.store, key_of(call, key), call.now};
        const key_view before = access.find(key_of(call, key));
        const auto number = before ? resp::parse_decimal(before.value.view()) : std::int64_t{0};
        if (!number) {
            error = resp::errors::not_an_integer;
        } else if (__builtin_add_overflow(*number, by, &sum)) {
            error = resp::errors::overflow;
        } else if (!store_value(call, access, key, shared_bytes{std::to_string(sum)},
                                {lifetime::kind::keep, {}}, before)) {
            error = resp::errors::out_of_memory;
        }
    }
    if (!error.empty()) return reply_error(call, error);
    reply_integer(call, sum);
}

}  // namespace

void incr(keyspace_call& call) {
    add(call, 1);
}
void decr(keyspace_call& call) {
    add(call, -1);
}

void incrby(keyspace_call& call) {
    const auto by = resp::parse_decimal(call.args[2]);
    if (!by) return reply_error(call, resp::errors::not_an_integer);
    add(call, *by);
}

void decrby(keyspace_call& call) {
    const auto by = resp::parse_decimal(call.args[2]);
    if (!by) return reply_error(call, resp::errors::not_an_integer);
    if (*by == std::numeric_limits<std::int64_t>::min()) {
        return reply_error(call, resp::errors::decrement_overflow);
    }
    add(call, -*by);
}

void incrbyfloat(keyspace_call& call) {
    const std::string_view key = call.args[1];
    if (refuse_routed(call, key)) return;
    std::string_view error;
    shared_bytes sum;
    {
        key_access access{call.store, key_of(call, key), call.now};
        const key_view before = access.find(key_of(call, key));
        long double value = 0;
        long double by = 0;
        if ((before && !parse_float(before.value.view(), value)) ||
            !parse_float(call.args[2], by)) {
            error = resp::errors::not_a_float;
        } else if (!std::isfinite(value += by)) {
            error = resp::errors::nan_or_infinity;
        } else {
            sum = shared_bytes{float_text(value)};
            const bool fits =
                store_value(call, access, key, sum, {lifetime::kind::keep, {}}, before);
            if (!fits) error = resp::errors::out_of_memory;
        }
    }
    if (!error.empty()) return reply_error(call, error);
    reply_value(call, sum);
}

}  // namespace herdgate::keyspace
