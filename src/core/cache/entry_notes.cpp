// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/entry_notes.hpp"

#include "herdgate/core/cache/load_terms.hpp"

namespace herdgate {
namespace {

constexpr std::string_view etag = "etag ";
constexpr std::string_view modified = "modified ";
constexpr std::string_view tag = "tag ";

void add(std::string& notes, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    notes += name;
    notes += value;
    notes += '\n';
}

std::string_view find(std::string_view notes, std::string_view name) {
    while (!notes.empty()) {
        const std::string_view line = notes.substr(0, notes.find('\n'));
        if (line.starts_with(name)) return line.substr(name.size());
        notes.remove_prefix(std::min(line.size() + 1, notes.size()));
    }
    return {};
}

}  // namespace

std::string notes_of(const load_terms& terms) {
    std::string notes;
    add(notes, etag, terms.known.etag);
    add(notes, modified, terms.known.last_modified);
    for (const std::string& one : terms.tags) add(notes, tag, one);
    return notes;
}

validators validators_in(std::string_view notes) {
    return {std::string{find(notes, etag)}, std::string{find(notes, modified)}};
}

bool is_note(std::string_view line) noexcept {
    return line.starts_with(etag) || line.starts_with(modified) || line.starts_with(tag);
}

}  // namespace herdgate
