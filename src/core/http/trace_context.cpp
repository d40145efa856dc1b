// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/trace_context.hpp"

#include <string_view>

namespace herdgate {
namespace {

void append_hex(std::string& text, std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (unsigned shift = 64; shift > 0; shift -= 4) text += digits[(number >> (shift - 4)) & 15U];
}

}  // namespace

trace_id new_trace(random_source& random) noexcept {
    return {random.next(), random.next() | 1U};
}

std::string traceparent(trace_id trace, random_source& random) {
    std::string line = "traceparent: 00-";
    append_hex(line, trace.high);
    append_hex(line, trace.low);
    line += '-';
    append_hex(line, random.next() | 1U);
    return line + "-01";
}

}  // namespace herdgate
