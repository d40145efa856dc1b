// SPDX-License-Identifier: Apache-2.0
//
// The bodies of the fleet's fuzz targets: called by libFuzzer, and by the unit test that replays
// the corpora. A finding ends the process.
#pragma once

#include <algorithm>
#include <string_view>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/fleet/invalidation_message.hpp"

namespace herdgate::fuzz {

/// A message is refused, or names something, within the limits.
inline void invalidation(std::string_view text) {
    const auto m = parse_invalidation(text);
    if (!m) {
        HERDGATE_ASSERT(!describe(m.error()).empty());
        return;
    }
    HERDGATE_ASSERT(!m->keys.empty() + !m->route.empty() + !m->tag.empty() == 1);
    HERDGATE_ASSERT(m->keys.size() <= invalidation_keys_max);
    HERDGATE_ASSERT(std::all_of(m->keys.begin(), m->keys.end(), [](const std::string& key) {
        return !key.empty() && key.size() <= invalidation_key_bytes_max;
    }));
    HERDGATE_ASSERT(m->database.value_or(0) < limits::databases);
}

}  // namespace herdgate::fuzz
