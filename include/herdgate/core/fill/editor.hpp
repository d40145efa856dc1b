// SPDX-License-Identifier: Apache-2.0
//
// The port through which clients' own writes reach entries in a shared store: look at the entry,
// make the new one from it, put it there if nothing has changed meanwhile. Each of these calls is
// answered exactly once through the editor_sink, possibly from inside the call. So do
// invalidations, which nobody waits for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "herdgate/core/cache/acquire.hpp"
#include "herdgate/core/cache/entry.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {

/// Names a write within one worker.
using edit_id = std::uint64_t;

/// What becomes of the entry.
struct entry_change {
    bool keep = false;  ///< false: it is erased
    entry e;            ///< with keep; `stamp` is the new one's, not 0
};

enum class swap_status : std::uint8_t {
    swapped,
    changed,  ///< something else is there by now
    foreign,  ///< see store_status
    away,     ///< see store_status; it may have been swapped all the same
};

struct swap_answer {
    swap_status status = swap_status::away;
    entry e;             ///< with changed: what is there
    std::string reason;  ///< with away: the store's own words, if it had any
};

/// How an entry is to end.
struct invalidation {
    bool hard = true;  ///< it goes; else it is fresh no longer, and keeps its stale windows
    bool then_refresh = false;  ///< if there was one, and nobody was faster: it is loaded anew
    /// Because of a message that every process hears: only the first that calls changes anything.
    /// Since when this process has heard all of them.
    std::optional<redis_time> heard_since;
};

class editor_sink {
  public:
    virtual void on_edit_read(edit_id id, read_answer answer, const instant& now) = 0;
    virtual void on_swapped(edit_id id, swap_answer answer, const instant& now) = 0;

  protected:
    ~editor_sink() = default;
};

class editor {
  public:
    virtual ~editor() = default;
    virtual void read_for_edit(edit_id id, entry_key key, const instant& now) = 0;
    /// `blind`: whatever is there; else only if its stamp is `expected` (0 = nothing is there).
    virtual void swap(edit_id id, entry_key key, bool blind, std::uint64_t expected,
                      const entry_change& change, const instant& now) = 0;
    virtual void invalidate(entry_key key, const invalidation& how, const instant& now) = 0;
    /// The same for all entries of a route (`then_refresh` means nothing).
    virtual void invalidate_route(std::string_view route, const invalidation& how,
                                  const instant& now) = 0;
    /// A read near the entry's end moves it (slid_meta in core/cache/entry.hpp).
    virtual void slide(entry_key key, const route_policy::sliding_window& by,
                       const instant& now) = 0;
};

}  // namespace herdgate
