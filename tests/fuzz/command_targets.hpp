// SPDX-License-Identifier: Apache-2.0
//
// The body of the fuzz target about where keys lie: called by libFuzzer, and by the unit test that
// replays the corpus. A finding ends the process.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/words.hpp"
#include "herdgate/core/command/key_positions.hpp"

namespace herdgate::fuzz {

/// The words of a command, one a line: its keys are words of it, behind its name, in their order;
/// only a command of a possible length has any; upper and lower case make no difference.
inline void key_positions_of(std::string_view text) {
    std::vector<std::string_view> args;
    std::vector<std::string> lowered;
    for (bool more = true; more;) {
        const std::size_t end = text.find('\n');
        more = end != std::string_view::npos;
        args.push_back(text.substr(0, end));
        lowered.push_back(lower(args.back()));
        if (more) text.remove_prefix(end + 1);
    }
    const command_info* info = find_command(args[0]);
    if (info == nullptr) return;
    std::vector<std::size_t> keys;
    key_positions(*info, args, keys);
    std::size_t previous = 0;
    for (const std::size_t key : keys) {
        HERDGATE_ASSERT(key > previous && key < args.size());
        previous = key;
    }
    HERDGATE_ASSERT(keys.empty() || info->arity_fits(args.size()));
    std::vector<std::size_t> same;
    key_positions(*info, std::vector<std::string_view>{lowered.begin(), lowered.end()}, same);
    HERDGATE_ASSERT(keys == same);
    if (info->keys == key_layout::none) HERDGATE_ASSERT(keys.empty() || info->is_container());
}

}  // namespace herdgate::fuzz
