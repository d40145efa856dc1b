// SPDX-License-Identifier: Apache-2.0
//
// What a store answers to somebody who wants to load a key.
#pragma once

#include <cstdint>

#include "herdgate/core/cache/entry.hpp"

namespace herdgate {

enum class acquire_status : std::uint8_t {
    granted,  ///< the caller holds the lease: load; the entry is what can be served meanwhile, if
              ///< anything
    held,     ///< somebody else does, and their deadline lies ahead: look again later
    fresh,    ///< nothing to load: the entry is fresh or negative
    backoff,  ///< a load failed a moment ago: none is to start before e.meta.retry_at
};

struct acquire_answer {
    acquire_status status = acquire_status::held;
    entry e;                  ///< what is stored; holds nothing where nothing is
    milliseconds held_for{};  ///< with held: how long at most until the lease runs out
};

}  // namespace herdgate
