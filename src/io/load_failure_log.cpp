// SPDX-License-Identifier: Apache-2.0
#include "load_failure_log.hpp"

#include "herdgate/core/config/config.hpp"
#include "log.hpp"

namespace herdgate {

void load_failure_log::failed(const route& r, std::string_view reason, steady_time now) {
    state& s = last_[r.index];
    if (s.said != steady_time{} && now - s.said < seconds{1}) {
        ++s.left_out;
        return;
    }
    if (s.left_out > 0)
        log().warn("route '{}': load failed: {} ({} more since the last message)", r.name, reason,
                   s.left_out);
    else
        log().warn("route '{}': load failed: {}", r.name, reason);
    s = {now, 0};
}

}  // namespace herdgate
