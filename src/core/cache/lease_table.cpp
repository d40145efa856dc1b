// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/lease_table.hpp"

namespace herdgate {
namespace {

constexpr seconds forgotten_after{60};

}  // namespace

lease_token lease_table::holder(const hashed_key& key, redis_time now) const {
    if (leases_.empty()) return 0;
    const auto it = leases_.find(key);
    return it != leases_.end() && now < it->second.deadline ? it->second.token : 0;
}

milliseconds lease_table::left(const hashed_key& key, redis_time now) const {
    const auto it = leases_.find(key);
    if (it == leases_.end() || it->second.deadline <= now) return milliseconds{0};
    return it->second.deadline - now;
}

bool lease_table::holds(const hashed_key& key, lease_token token) const {
    const auto it = leases_.find(key);
    return it != leases_.end() && it->second.token == token;
}

void lease_table::give(const hashed_key& key, lease_token token, redis_time deadline,
                       redis_time now) {
    const lease given{token, deadline, now};
    const auto it = leases_.find(key);
    if (it != leases_.end())
        it->second = given;
    else
        leases_.emplace(name{key.hash, key.key.database, std::string{key.key.key}}, given);
}

bool lease_table::move(const hashed_key& key, lease_token token, redis_time deadline) {
    const auto it = leases_.find(key);
    if (it == leases_.end() || it->second.token != token) return false;
    it->second.deadline = deadline;
    return true;
}

redis_time lease_table::since(const hashed_key& key) const {
    return leases_.find(key)->second.since;
}

void lease_table::drop(const hashed_key& key) {
    if (leases_.empty()) return;
    const auto it = leases_.find(key);
    if (it != leases_.end()) leases_.erase(it);
}

void lease_table::drop_database(std::uint16_t database) {
    std::erase_if(leases_, [=](const auto& item) { return item.first.database == database; });
}

void lease_table::purge(redis_time now) {
    std::erase_if(leases_,
                  [=](const auto& item) { return now - forgotten_after > item.second.deadline; });
}

}  // namespace herdgate
