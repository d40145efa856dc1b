// SPDX-License-Identifier: Apache-2.0
//
// The store under several threads; of most use with the thread sanitizer.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "herdgate/core/cache/key_access.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

constexpr redis_time start{milliseconds{1'700'000'000'000}};

// What one thread does in one turn, on one of 200 keys. A filled or written value always repeats
// its key.
void turn(memory_store& store, std::uint64_t state, lease_token token, const route_policy& policy) {
    const std::string name = "key" + std::to_string((state >> 20) % 200);
    const entry_key key{static_cast<std::uint16_t>((state >> 30) % 2), name};
    const redis_time now = start + milliseconds{static_cast<std::int64_t>(state % 1000)};
    const shared_bytes value{name, std::string((state >> 40) % 2000, '.')};
    switch ((state >> 10) % 10) {
        case 0: {
            if (store.acquire(key, token, now + milliseconds{50}, now).status !=
                acquire_status::granted)
                return;
            entry e;
            e.value = value;
            e.meta = filled_meta(policy, now, milliseconds{100}, milliseconds{1});
            store.fill(key, token, e, now);
            return;
        }
        case 1: {
            if (store.acquire(key, token, now + milliseconds{50}, now).status !=
                acquire_status::granted)
                return;
            store.fail(key, token, failed_meta(policy, {}, now, 0.5), "no", now);
            return;
        }
        case 2: {
            key_access access{store, key, now};
            access.erase(key);
            return;
        }
        case 3: {
            const std::array<std::string_view, 3> keys{name, "other1", "other2"};
            key_access access{store, key.database, keys, 1, now};
            for (const std::string_view k : keys)
                access.put_plain({key.database, k}, shared_bytes{k}, never);
            return;
        }
        case 4:
            store.scan(key.database, state, 20, 10, now);
            return;
        case 5:
            store.expire_some(now, 20);
            return;
        default: {
            const found_entry found = store.lookup(key, now);
            ASSERT_TRUE(!found.e.value || found.e.value.view().starts_with(name));
            key_access access{store, key, now};
            const key_view view = access.find(key);
            ASSERT_TRUE(!view || view.value.view().starts_with(name));
        }
    }
}

TEST(memory_store_threads, values_never_mix_and_the_account_is_right_at_the_end) {
    memory_store store{64 * 1024, 99, 8};
    const route_policy policy;
    std::vector<std::thread> threads;
    for (std::uint64_t t = 1; t <= 4; ++t) {
        threads.emplace_back([&, t] {
            std::uint64_t state = t;
            for (int n = 0; n < 20'000; ++n) {
                state = state * 6364136223846793005U + 1442695040888963407U;
                turn(store, state, t * 1'000'000 + static_cast<std::uint64_t>(n) + 1, policy);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(store.totals().bytes, store.max_bytes());
    store.flush_all();
    EXPECT_EQ(store.totals().bytes, 0U);
    EXPECT_EQ(store.totals().leases, 0U);
    // Nothing leaked from the account of reserved room: as much as ever fits without an eviction.
    const std::uint64_t evictions = store.totals().evictions;
    for (const std::string_view name : {"a", "b", "c", "d"}) {
        key_access access{store, {0, name}, start};
        const std::size_t bytes = store.largest_record() - plain_record_overhead - 1;
        EXPECT_TRUE(access.put_plain({0, name}, shared_bytes{std::string(bytes, 'x')}, never));
    }
    EXPECT_EQ(store.totals().bytes, store.max_bytes());
    EXPECT_EQ(store.totals().evictions, evictions);
}

TEST(memory_store_threads, exactly_one_of_many_is_granted) {
    memory_store store{1 << 20, 99, 8};
    std::atomic<int> granted{0};
    std::vector<std::thread> threads;
    for (lease_token t = 1; t <= 8; ++t) {
        threads.emplace_back([&, t] {
            for (int n = 0; n < 500; ++n) {
                const std::string name = "k" + std::to_string(n);
                const auto answer = store.acquire({0, name}, t, start + seconds{3}, start);
                if (answer.status == acquire_status::granted) ++granted;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(granted.load(), 500);
}

}  // namespace
}  // namespace herdgate
