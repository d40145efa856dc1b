// SPDX-License-Identifier: Apache-2.0
//
// key_access: holds the locks of some keys of the embedded store while a command looks at them and
// changes them, so that the command is atomic. Keep it short-lived; write the reply after it is
// gone.
//
// Shows keys as clients see them: an entry as its servable value, a negative entry or a stub as no
// key at all. Every change of a key ends its lease.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "herdgate/core/cache/memory_store.hpp"

namespace herdgate {

/// A key as a client sees it.
struct key_view {
    shared_bytes value;  ///< none = the key does not exist
    bool is_entry = false;
    redis_time expires = never;  ///< end of a plain key's life, or of an entry's freshness
    entry_meta meta;             ///< of an entry

    explicit operator bool() const noexcept { return static_cast<bool>(value); }
};

class key_access {
  public:
    key_access(memory_store& store, entry_key key, redis_time now);
    /// For two keys.
    key_access(memory_store& store, entry_key first, entry_key second, redis_time now);
    /// For keys[0], keys[step], keys[2 * step]…
    key_access(memory_store& store, std::uint16_t database, std::span<const std::string_view> keys,
               std::size_t step, redis_time now);
    ~key_access();
    key_access(const key_access&) = delete;
    key_access& operator=(const key_access&) = delete;

    // Only with the keys given to the constructor.

    /// What the key holds. Marks it as visited.
    key_view find(entry_key key);

    /// Stores a client's own string that lives up to and including `expires`. False: it does not
    /// fit, nothing was changed.
    bool put_plain(entry_key key, shared_bytes value, redis_time expires);

    /// Stores a routed key's value. False: it does not fit, nothing was changed.
    bool put_entry(entry_key key, shared_bytes value, const entry_meta& meta);

    /// Moves an entry's windows; the value, and what is known of failed loads, stays. The key holds
    /// an entry.
    void set_meta(entry_key key, const entry_meta& meta);

    /// Erases whatever the key holds, and its lease. True if a client could see a value.
    bool erase(entry_key key);

    /// Whether a value could be stored at all: a command that stores several asks before it changes
    /// the first.
    bool fits(entry_key key, std::size_t value_bytes) const noexcept;

  private:
    void lock() noexcept;

    memory_store& store_;
    redis_time now_;
    std::uint64_t held_ = 0;  ///< one bit for each shard
};

}  // namespace herdgate
