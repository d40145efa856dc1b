// SPDX-License-Identifier: Apache-2.0
//
// lease_table: who may load which key. Apart from the records, so that a lease outlives the
// eviction of its key's record, and costs nothing where nobody loads.
//
// A lease ends when it is dropped (fill, fail, release, or a write to the key) or taken over by
// another token after its deadline. One that ran out and was never dropped still fills, unless
// somebody else holds it: purge() forgets it a minute later. Size: the loads in progress, which
// their routes bound. Not thread-safe; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "herdgate/core/cache/record.hpp"

namespace herdgate {

class lease_table {
  public:
    /// The token of whoever holds the key's lease and whose deadline lies ahead; 0 = nobody.
    /// Allocates nothing.
    lease_token holder(const hashed_key& key, redis_time now) const;

    /// How long until the lease's deadline; 0 = nobody holds it.
    milliseconds left(const hashed_key& key, redis_time now) const;

    /// True if `token` is the last that got this lease and it was not dropped since.
    bool holds(const hashed_key& key, lease_token token) const;

    /// Gives the lease to `token`, whoever held it.
    void give(const hashed_key& key, lease_token token, redis_time deadline, redis_time now);

    /// Moves the deadline. False: the lease is not the token's.
    bool move(const hashed_key& key, lease_token token, redis_time deadline);

    /// Since when whoever has the lease has had it. There is one.
    redis_time since(const hashed_key& key) const;

    void drop(const hashed_key& key);
    void drop_database(std::uint16_t database);
    void clear() noexcept { leases_.clear(); }

    /// Forgets leases whose deadline is long past.
    void purge(redis_time now);

    std::size_t size() const noexcept { return leases_.size(); }

  private:
    struct name {
        std::uint64_t hash;
        std::uint16_t database;
        std::string key;
    };
    struct lease {
        lease_token token;
        redis_time deadline;
        redis_time since;
    };
    struct hasher {
        using is_transparent = void;
        std::size_t operator()(const name& n) const noexcept { return n.hash; }
        std::size_t operator()(const hashed_key& k) const noexcept { return k.hash; }
    };
    struct equal {
        using is_transparent = void;
        bool operator()(const name& a, const name& b) const noexcept {
            return a.database == b.database && a.key == b.key;
        }
        bool operator()(const hashed_key& a, const name& b) const noexcept {
            return a.key.database == b.database && a.key.key == b.key;
        }
        bool operator()(const name& a, const hashed_key& b) const noexcept { return (*this)(b, a); }
    };

    std::unordered_map<name, lease, hasher, equal> leases_;
};

}  // namespace herdgate
