// SPDX-License-Identifier: Apache-2.0
//
// permissions: what Redis has allowed of late: which user may run which command on which keys. For
// clients that act as a user of Redis's own, whose commands on routed keys Redis does not see. What
// it forbids is asked anew each time. Bounded: most entries, and a time each.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "herdgate/core/base/hash.hpp"
#include "herdgate/core/base/time.hpp"

namespace herdgate {

class permissions {
  public:
    static constexpr std::size_t most = 4096;
    static constexpr milliseconds valid_for{1000};

    explicit permissions(std::uint64_t seed) noexcept : seed_(seed) {}

    /// The name of a question: the user and all words of the command.
    std::uint64_t question(std::string_view user, std::span<const std::string_view> args) const {
        std::uint64_t hash = hash_bytes(user, seed_);
        for (const std::string_view word : args) hash = hash_bytes(word, hash);
        return hash;
    }

    bool allowed(std::uint64_t question, steady_time now) const {
        const auto found = until_.find(question);
        return found != until_.end() && now < found->second;
    }

    void allow(std::uint64_t question, steady_time now) {
        if (until_.size() >= most) until_.clear();
        until_[question] = now + valid_for;
    }

  private:
    std::uint64_t seed_;
    boost::unordered_flat_map<std::uint64_t, steady_time> until_;
};

}  // namespace herdgate
