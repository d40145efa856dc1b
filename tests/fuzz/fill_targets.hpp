// SPDX-License-Identifier: Apache-2.0
//
// The bodies of the fuzz targets about what loaders bring: called by libFuzzer, and by the unit
// tests that replay the corpora. A finding ends the process.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/json_pointer.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/fill/batch_answer.hpp"
#include "herdgate/core/fill/worker_reply.hpp"

namespace herdgate::fuzz {

/// A worker's output means the same in one piece and byte by byte, and its value is within the
/// limit.
inline void worker_reply(std::string_view text) {
    constexpr std::size_t value_max = 64;
    worker_reply_reader whole{value_max};
    worker_reply_reader bytewise{value_max};
    whole.feed(text);
    for (std::size_t i = 0; i < text.size(); ++i) bytewise.feed(text.substr(i, 1));
    HERDGATE_ASSERT(whole.now() == bytewise.now());
    if (whole.now() == worker_reply_reader::state::more) return;
    const load_result one = whole.take();
    const load_result other = bytewise.take();
    HERDGATE_ASSERT(one.outcome == other.outcome && one.reason == other.reason);
    HERDGATE_ASSERT(static_cast<bool>(one.value) == (one.outcome == load_outcome::ok));
    HERDGATE_ASSERT(one.value.view() == other.value.view() && one.value.size() <= value_max);
}

/// The first line is the pointer to an element's key, the rest a batch's answer: each id gets a
/// result, and a value is never longer than the answer.
inline void batch_answer(std::string_view text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    load_batch batch;
    batch.key = text.substr(0, end);
    if (json::pointer_problem(batch.key)) return;
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::vector<std::string> ids{"a", "7", "", "a"};
    const auto results = split_answer(batch, ids, {load_outcome::ok, shared_bytes{text}, {}});
    HERDGATE_ASSERT(results.size() == ids.size());
    for (const load_result& r : results) {
        HERDGATE_ASSERT(static_cast<bool>(r.value) == (r.outcome == load_outcome::ok));
        HERDGATE_ASSERT(r.value.size() <= text.size());
        HERDGATE_ASSERT(r.reason.empty() == (r.outcome != load_outcome::error));
    }
    HERDGATE_ASSERT(results[0].value.view() == results[3].value.view());
}

}  // namespace herdgate::fuzz
