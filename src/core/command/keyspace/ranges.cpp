// SPDX-License-Identifier: Apache-2.0
//
// Parts of strings. A value is immutable: changing a part makes a new one.
#include <algorithm>

#include "handlers.hpp"
#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/base/substring.hpp"
#include "support.hpp"

namespace herdgate::keyspace {
namespace {

// `text` with `patch` written over it at `offset`; a gap is filled with zero bytes.
std::string patched(std::string_view text, std::size_t offset, std::string_view patch) {
    std::string result{text};
    if (result.size() < offset + patch.size()) result.resize(offset + patch.size());
    std::copy(patch.begin(), patch.end(), result.begin() + static_cast<std::ptrdiff_t>(offset));
    return result;
}

bool too_long(std::size_t size, std::size_t more) {
    return size > limits::bulk_bytes || more > limits::bulk_bytes - size;
}

}  // namespace

void strlen(keyspace_call& call) {
    key_access access{call.store, key_of(call, call.args[1]), call.now};
    const key_view view = access.find(key_of(call, call.args[1]));
    reply_integer(call, static_cast<std::int64_t>(view.value.size()));
}

void getrange(keyspace_call& call) {
    const auto first = resp::parse_decimal(call.args[2]);
    const auto last = resp::parse_decimal(call.args[3]);
    if (!first || !last) return reply_error(call, resp::errors::not_an_integer);
    shared_bytes value;
    {
        key_access access{call.store, key_of(call, call.args[1]), call.now};
        value = access.find(key_of(call, call.args[1])).value;
    }
    resp::write_bulk(call.out, substring(value.view(), *first, *last));
}

void append(keyspace_call& call) {
    const std::string_view key = call.args[1];
    const std::string_view tail = call.args[2];
    if (refuse_routed(call, key)) return;
    std::string_view error;
    std::size_t size = tail.size();
    {
        key_access access{call.store, key_of(call, key), call.now};
        const key_view before = access.find(key_of(call, key));
        size += before.value.size();
        if (before && too_long(before.value.size(), tail.size())) {
            error = resp::errors::string_too_long;
        } else if (!access.fits(key_of(call, key), size) ||
                   !store_value(call, access, key, shared_bytes{before.value.view(), tail},
                                {lifetime::kind::keep, {}}, before)) {
            error = resp::errors::out_of_memory;
        }
    }
    if (!error.empty()) return reply_error(call, error);
    reply_integer(call, static_cast<std::int64_t>(size));
}

void setrange(keyspace_call& call) {
    const std::string_view key = call.args[1];
    const std::string_view patch = call.args[3];
    const auto offset = resp::parse_decimal(call.args[2]);
    if (refuse_routed(call, key)) return;
    if (!offset) return reply_error(call, resp::errors::not_an_integer);
    if (*offset < 0) return reply_error(call, resp::errors::offset_out_of_range);
    const auto at = static_cast<std::size_t>(*offset);
    std::string_view error;
    std::size_t size = 0;
    {
        key_access access{call.store, key_of(call, key), call.now};
        const key_view before = access.find(key_of(call, key));
        size = before.value.size();
        if (!patch.empty() && too_long(at, patch.size())) {
            error = resp::errors::string_too_long;
        } else if (!patch.empty()) {
            size = std::max(size, at + patch.size());
            if (!access.fits(key_of(call, key), size) ||
                !store_value(call, access, key,
                             shared_bytes{patched(before.value.view(), at, patch)},
                             {lifetime::kind::keep, {}}, before)) {
                error = resp::errors::out_of_memory;
            }
        }
    }
    if (!error.empty()) return reply_error(call, error);
    reply_integer(call, static_cast<std::int64_t>(size));
}

}  // namespace herdgate::keyspace
