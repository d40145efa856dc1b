// SPDX-License-Identifier: Apache-2.0
//
// trace_context: the header by which an origin's trace of a load is told from others (W3C Trace
// Context, Recommendation of 23 November 2021, section 3.2):
//
//     traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
//
// Who sampled is set: otherwise origins that follow their caller's decision would record none of
// the loads.
#pragma once

#include <cstdint>
#include <string>

#include "herdgate/core/base/random.hpp"

namespace herdgate {

/// Names a load's trace. Never all zero.
struct trace_id {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
};

trace_id new_trace(random_source& random) noexcept;

/// The header's line for one request of the load, which gets an id of its own.
std::string traceparent(trace_id trace, random_source& random);

}  // namespace herdgate
