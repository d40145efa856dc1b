// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/refresh_schedule.hpp"

namespace herdgate {

bool refresh_schedule::set(entry_key key, steady_time due) {
    name who{static_cast<char>(key.database & 0xff), static_cast<char>(key.database >> 8)};
    who += key.key;
    const auto known = due_.find(who);
    if (known == due_.end() && due_.size() >= keys_max) return false;
    if (known != due_.end() && std::chrono::abs(known->second - due) < seconds{1}) return true;
    due_[who] = due;
    turns_.emplace(due, std::move(who));
    return true;
}

std::optional<refresh_schedule::due_key> refresh_schedule::take(steady_time now) {
    while (!turns_.empty() && turns_.top().first <= now) {
        const auto [due, who] = turns_.top();
        turns_.pop();
        const auto known = due_.find(who);
        if (known == due_.end() || known->second != due) continue;  // moved
        due_.erase(known);
        const auto low = static_cast<unsigned char>(who[0]);
        const auto high = static_cast<unsigned char>(who[1]);
        return due_key{static_cast<std::uint16_t>(low | high << 8), who.substr(2)};
    }
    return std::nullopt;
}

std::optional<steady_time> refresh_schedule::next() const noexcept {
    if (turns_.empty()) return std::nullopt;
    return turns_.top().first;
}

}  // namespace herdgate
