// SPDX-License-Identifier: Apache-2.0
//
// What a store answers to those who read, load and fill.
#pragma once

#include <cstdint>

#include "herdgate/core/cache/entry.hpp"

namespace herdgate {

/// Whether a store could be asked at all. What is not `ok` says nothing about the entry.
enum class store_status : std::uint8_t {
    ok,
    foreign,  ///< the entry's place holds something else, which is left alone
    away,     ///< the store cannot be reached, or did not do what it was asked
};

struct read_answer {
    store_status status = store_status::away;
    entry e;  ///< with ok: what is stored; holds nothing where nothing is
};

enum class acquire_status : std::uint8_t {
    granted,  ///< the caller holds the lease: load; the entry is what can be served meanwhile, if
              ///< anything
    held,     ///< somebody else does, and their deadline lies ahead: look again later
    fresh,    ///< nothing to load: the entry is fresh or negative
    backoff,  ///< a load failed a moment ago: none is to start before e.meta.retry_at
    foreign,  ///< see store_status
    away,     ///< see store_status
};

struct acquire_answer {
    acquire_status status = acquire_status::held;
    entry e;                  ///< what is stored; holds nothing where nothing is
    milliseconds held_for{};  ///< with held: how long at most until the lease runs out
};

enum class fill_status : std::uint8_t {
    stored,
    refused,    ///< the lease was lost: the result must not be stored
    too_large,  ///< not stored because there is no room for it; the lease is dropped, what was
                ///< stored before stays
    foreign,    ///< see store_status
    away,       ///< see store_status; it may have been stored all the same
};

struct fill_answer {
    fill_status status = fill_status::stored;
    entry e;  ///< with refused: what is stored instead
};

}  // namespace herdgate
