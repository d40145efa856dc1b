// SPDX-License-Identifier: Apache-2.0
//
// memory_store::shard, for the files that implement the store.
#pragma once

#include <mutex>

#include "herdgate/core/cache/lease_table.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/cache/memory_table.hpp"

namespace herdgate {

// A cache line and its neighbour, which the processor fetches with it: shards do not slow each
// other down.
struct alignas(128) memory_store::shard {
    mutable std::mutex mutex;
    memory_table table;
    lease_table leases;
};

/// Tells the store's account what a change of a table did to its bytes. Lives while the shard is
/// locked.
class account {
  public:
    account(const memory_table& table, std::atomic<std::size_t>& total) noexcept
        : table_(table), total_(total), before_(table.bytes()) {}
    ~account() {
        const std::size_t after = table_.bytes();
        if (after > before_) total_.fetch_add(after - before_, std::memory_order_relaxed);
        if (after < before_) total_.fetch_sub(before_ - after, std::memory_order_relaxed);
    }
    account(const account&) = delete;
    account& operator=(const account&) = delete;

  private:
    const memory_table& table_;
    std::atomic<std::size_t>& total_;
    std::size_t before_;
};

}  // namespace herdgate
