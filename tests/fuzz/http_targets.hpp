// SPDX-License-Identifier: Apache-2.0
//
// The bodies of the fuzz targets of HTTP answers: called by libFuzzer, and by the unit test that
// replays the corpora. A finding ends the process.
#pragma once

#include <algorithm>
#include <string_view>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/json_pointer.hpp"
#include "herdgate/core/http/answer_terms.hpp"
#include "herdgate/core/http/cache_control.hpp"
#include "herdgate/core/http/extract_value.hpp"

namespace herdgate::fuzz {

inline void within(const std::optional<milliseconds>& life, milliseconds most) {
    HERDGATE_ASSERT(!life || (*life >= milliseconds{0} && *life <= most));
}

inline void text_is_fit(std::string_view text, std::size_t most) {
    HERDGATE_ASSERT(text.size() <= most);
    HERDGATE_ASSERT(
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
}

/// The lines of an answer's head: whatever they are, the terms are within their bounds.
inline void answer_head(std::string_view lines) {
    const std::string_view first = lines.substr(0, lines.find('\n'));
    const cache_control said = parse_cache_control(first);
    for (const auto& number :
         {said.max_age, said.s_maxage, said.stale_while_revalidate, said.stale_if_error})
        HERDGATE_ASSERT(!number || (*number >= 0 && *number <= delta_seconds_max));
    answer_headers headers;
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        if (!headers.line(lines.substr(0, end))) return;
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    constexpr std::int64_t now = 1'700'000'000;
    const load_terms terms = read_terms(headers, {true, true}, now);
    within(terms.ttl, answer_life_max);
    within(terms.while_revalidate, answer_life_max);
    within(terms.if_error, answer_life_max);
    within(read_retry_after(headers, now), retry_after_max);
    text_is_fit(terms.known.etag, validator_bytes_max);
    text_is_fit(terms.known.last_modified, validator_bytes_max);
    HERDGATE_ASSERT(terms.tags.size() <= answer_tags_max);
    for (const std::string& tag : terms.tags) {
        text_is_fit(tag, answer_tag_bytes_max);
        HERDGATE_ASSERT(!tag.empty() && tag.find(' ') == std::string::npos);
    }
}

/// A line with a pointer; the rest is the answer.
inline void extract(std::string_view data) {
    const auto end = std::min(data.find('\n'), data.size());
    const std::string_view pointer = data.substr(0, end);
    data.remove_prefix(std::min(end + 1, data.size()));
    if (json::pointer_problem(pointer)) return;
    const extraction found = extract_value(data, pointer);
    HERDGATE_ASSERT(found.reason.empty() == (found.outcome != load_outcome::error));
    HERDGATE_ASSERT(found.value.size() <= data.size());
}

}  // namespace herdgate::fuzz
