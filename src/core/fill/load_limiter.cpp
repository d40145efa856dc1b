// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/load_limiter.hpp"

#include <algorithm>

#include "herdgate/core/base/assert.hpp"

namespace herdgate {

load_limiter::admission load_limiter::admit(ticket asking) {
    const std::lock_guard lock{mutex_};
    if (running_ < concurrency_) {
        ++running_;
        return admission::start;
    }
    if (queue_.size() >= queue_max_) return admission::full;
    queue_.push_back(asking);
    queued_ = queue_.size();
    return admission::queued;
}

std::optional<load_limiter::ticket> load_limiter::finished() {
    const std::lock_guard lock{mutex_};
    HERDGATE_ASSERT(running_ > 0);
    if (queue_.empty()) {
        --running_;
        return std::nullopt;
    }
    const ticket next = queue_.front();
    queue_.pop_front();
    queued_ = queue_.size();
    return next;
}

bool load_limiter::withdraw(ticket waiting) {
    const std::lock_guard lock{mutex_};
    const auto found = std::find(queue_.begin(), queue_.end(), waiting);
    if (found == queue_.end()) return false;
    queue_.erase(found);
    queued_ = queue_.size();
    return true;
}

}  // namespace herdgate
