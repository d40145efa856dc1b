// SPDX-License-Identifier: Apache-2.0
//
// What herdgate would do for a key, and what it has for it: the text of `herdgate explain` and of
// HERDGATE EXPLAIN. Texts that hold substituted values are shown as they stand in the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "herdgate/core/cache/entry.hpp"
#include "herdgate/core/fill/flight_view.hpp"

namespace herdgate {

struct config;

/// Which route claims the key and why earlier ones do not, what would be loaded, for how long it
/// would be kept.
std::string explain(const config& c, std::string_view key);

/// One line each, to go below: what an entry is at this moment, and the flight of its key.
std::string explain_entry(const entry& e, redis_time now);
std::string explain_flight(const std::optional<flight_view>& flight);
/// In the place of the entry's: why it cannot be told.
std::string explain_no_entry(std::string_view reason);

}  // namespace herdgate
