// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/breaker.hpp"

namespace herdgate {

bool breaker::refuses(steady_time now) const {
    if (!open()) return false;
    const std::lock_guard lock{mutex_};
    return blocked(now);
}

bool breaker::admit(steady_time now) {
    if (failures_ == 0) return true;
    const std::lock_guard lock{mutex_};
    if (blocked(now)) return false;
    trying_ = open();
    return true;
}

/// Loads that began before it opened count as well: one that succeeds shows that the origin is
/// back.
void breaker::ended(bool well, steady_time now) {
    if (failures_ == 0) return;
    const std::lock_guard lock{mutex_};
    trying_ = false;
    if (well) {
        in_a_row_ = 0;
        open_ = false;
        return;
    }
    if (++in_a_row_ < failures_) return;
    open_ = true;
    until_ = now + time_;
}

void breaker::abandoned() {
    const std::lock_guard lock{mutex_};
    trying_ = false;
}

}  // namespace herdgate
