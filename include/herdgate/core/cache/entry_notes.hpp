// SPDX-License-Identifier: Apache-2.0
//
// entry_notes: what the origin said of an entry beside its value, as it is stored: lines "NAME
// VALUE", each ended by a line feed, as in the `meta` field of a shared store (meta_text.hpp).
//
//     etag "33a64df5"
//     modified Sun, 22 Nov 2026 10:00:00 GMT
//     tag category:7            (any number)
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "herdgate/core/cache/validators.hpp"

namespace herdgate {

struct load_terms;

/// The notes of an answer; empty if there is nothing to note.
std::string notes_of(const load_terms& terms);

validators validators_in(std::string_view notes);

/// Whether a line of the `meta` field belongs to the notes.
bool is_note(std::string_view line) noexcept;

/// Calls `use` with each tag.
template <class Use>
void for_each_tag(std::string_view notes, Use&& use) {
    constexpr std::string_view name = "tag ";
    while (!notes.empty()) {
        const std::string_view line = notes.substr(0, notes.find('\n'));
        if (line.starts_with(name)) use(line.substr(name.size()));
        notes.remove_prefix(std::min(line.size() + 1, notes.size()));
    }
}

}  // namespace herdgate
