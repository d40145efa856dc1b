// SPDX-License-Identifier: Apache-2.0
//
// A store, one route ("product:*"), and a way to say a command and see the reply.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "support/prefix_routes.hpp"

namespace herdgate::test {

class store_fixture : public testing::Test {
  protected:
    static constexpr redis_time start{milliseconds{1'700'000'000'000}};

    std::string run(std::initializer_list<std::string_view> words) {
        const std::vector<std::string_view> args{words};
        std::string name{args[0]};
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        const keyspace_handler handler = find_keyspace_handler(name);
        if (handler == nullptr) return "no handler";
        std::string out;
        keyspace_call call{store_, routes_.table(), 0, protocol_, now_, 7, args, out};
        handler(call);
        return out;
    }

    /// Loads an entry as the engine does.
    void load(std::string_view key, std::string_view value) {
        const entry_key k{0, key};
        store_.acquire(k, 1, now_ + milliseconds{3000}, now_);
        entry e;
        e.value = shared_bytes{value};
        e.meta = filled_meta(routes_.policy(), now_, routes_.policy().ttl, milliseconds{5});
        ASSERT_EQ(store_.fill(k, 1, e, now_), fill_status::stored);
    }

    entry stored(std::string_view key) { return store_.lookup({0, key}, now_).e; }

    /// Begins a load; ended() tells whether its lease is still there.
    void begin_load(std::string_view key) {
        const entry_key k{0, key};
        if (store_.acquire(k, 9, now_ + milliseconds{3000}, now_).status == acquire_status::granted)
            return;
        now_ += routes_.policy().ttl;  // stale: may be loaded again
        ASSERT_EQ(store_.acquire(k, 9, now_ + milliseconds{3000}, now_).status,
                  acquire_status::granted);
    }
    bool revoked(std::string_view key) {
        return !store_.renew({0, key}, 9, now_ + milliseconds{3000});
    }

    prefix_routes routes_;
    memory_store store_{1 << 20, 42, 8};
    redis_time now_ = start;
    resp::protocol protocol_ = resp::protocol::resp2;
};

}  // namespace herdgate::test
