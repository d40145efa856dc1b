// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/pipeline.hpp"

#include <utility>

#include "herdgate/core/base/assert.hpp"

namespace herdgate {

void pipeline::push(const entry& e) {
    entries_.push_back(e);
    while (!minima_.empty() && minima_.back() > e.deadline) minima_.pop_back();
    minima_.push_back(e.deadline);
}

pipeline::entry pipeline::pop() {
    HERDGATE_ASSERT(!entries_.empty());
    const entry oldest = entries_.front();
    entries_.pop_front();
    // Equal deadlines are all kept, so the front is this entry's own or another's, which is less.
    if (minima_.front() == oldest.deadline) minima_.pop_front();
    return oldest;
}

std::deque<pipeline::entry> pipeline::take_all() {
    minima_.clear();
    return std::exchange(entries_, {});
}

std::optional<steady_time> pipeline::earliest() const noexcept {
    if (minima_.empty()) return std::nullopt;
    return minima_.front();
}

}  // namespace herdgate
