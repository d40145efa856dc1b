// SPDX-License-Identifier: Apache-2.0
//
// refresh_schedule: which keys are to be loaded anew at what time, read or not (`refresh.every`). A
// key is in it once; setting it again moves it. Bounded: beyond keys_max new ones are refused, and
// live by their TTL. Belongs to one worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/entry.hpp"

namespace herdgate {

class refresh_schedule {
  public:
    static constexpr std::size_t keys_max = 65'536;

    struct due_key {
        std::uint16_t database = 0;
        std::string key;
    };

    /// False: there is no room.
    bool set(entry_key key, steady_time due);

    /// Takes a key whose time has come.
    std::optional<due_key> take(steady_time now);

    /// When take() may have something to give.
    std::optional<steady_time> next() const noexcept;

    std::size_t size() const noexcept { return due_.size(); }

  private:
    using name = std::string;  ///< database and key
    using turn = std::pair<steady_time, name>;

    std::unordered_map<name, steady_time> due_;
    /// Holds a turn for each key, and some that were moved since.
    std::priority_queue<turn, std::vector<turn>, std::greater<>> turns_;
};

}  // namespace herdgate
