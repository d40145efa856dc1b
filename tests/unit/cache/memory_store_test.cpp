// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/memory_store.hpp"

#include <gtest/gtest.h>

#include <set>

#include "herdgate/core/cache/key_access.hpp"

namespace herdgate {
namespace {

constexpr redis_time now{milliseconds{1'700'000'000'000}};

bool put(memory_store& store, const std::string& name, std::size_t bytes, redis_time end = never) {
    key_access access{store, {0, name}, now};
    return access.put_plain({0, name}, shared_bytes{std::string(bytes, 'x')}, end);
}

bool has(memory_store& store, const std::string& name) {
    key_access access{store, {0, name}, now};
    return static_cast<bool>(access.find({0, name}));
}

constexpr std::size_t charge = plain_record_overhead + 2 + 100;  // of a two-byte key with 100 bytes

TEST(memory_store, holds_as_many_bytes_as_it_may_and_evicts_for_one_more) {
    memory_store store{10 * charge, 1, 4};
    for (int n = 10; n < 20; ++n) EXPECT_TRUE(put(store, std::to_string(n), 100));
    EXPECT_EQ(store.totals().records, 10U);
    EXPECT_EQ(store.totals().bytes, 10 * charge);
    EXPECT_EQ(store.totals().evictions, 0U);
    EXPECT_TRUE(put(store, "20", 100));
    EXPECT_EQ(store.totals().records, 10U);
    EXPECT_EQ(store.totals().evictions, 1U);
    EXPECT_TRUE(has(store, "20"));
}

TEST(memory_store, one_byte_more_than_fits_evicts) {
    memory_store store{10 * charge - 1, 1, 4};
    for (int n = 10; n < 20; ++n) EXPECT_TRUE(put(store, std::to_string(n), 100));
    EXPECT_EQ(store.totals().evictions, 1U);
    EXPECT_LE(store.totals().bytes, store.max_bytes());
}

TEST(memory_store, never_exceeds_its_bytes_whatever_the_sizes) {
    memory_store store{64 * 1024, 7, 8};
    std::uint32_t state = 1;
    for (int n = 0; n < 20'000; ++n) {
        state = state * 1664525 + 1013904223;
        EXPECT_TRUE(put(store, std::to_string(state % 500), (state >> 8) % 5000));
        ASSERT_LE(store.totals().bytes, store.max_bytes());
    }
}

TEST(memory_store, refuses_a_record_above_a_quarter_and_takes_one_of_a_quarter) {
    memory_store store{64 * 1024, 7, 64};
    const std::size_t value = store.largest_record() - plain_record_overhead - 1;
    EXPECT_TRUE(put(store, "a", value));
    EXPECT_FALSE(put(store, "a", value + 1));
    EXPECT_TRUE(has(store, "a"));
}

TEST(memory_store, a_large_value_finds_room_in_all_shards) {
    memory_store store{64 * 1024, 7, 64};
    for (int n = 0; n < 500; ++n) put(store, std::to_string(n), 100);
    EXPECT_TRUE(put(store, "large", 15'000));
    EXPECT_TRUE(has(store, "large"));
    EXPECT_LE(store.totals().bytes, store.max_bytes());
}

TEST(memory_store, a_store_of_no_bytes_refuses_everything) {
    memory_store store{0, 7, 1};
    EXPECT_FALSE(put(store, "a", 0));
}

TEST(memory_store, active_expiry_reaches_every_shard) {
    memory_store store{1 << 20, 7, 64};
    for (int n = 0; n < 1000; ++n) put(store, std::to_string(n), 10, now);
    const redis_time later = now + milliseconds{1};
    std::size_t calls = 0;
    for (; store.totals().records > 0 && calls < 1000; ++calls) store.expire_some(later, 50);
    EXPECT_EQ(store.totals().expired, 1000U);
    EXPECT_EQ(store.totals().bytes, 0U);
    EXPECT_GE(calls, 5U);
}

TEST(memory_store, a_scan_step_by_step_returns_every_key_while_others_come_and_go) {
    memory_store store{16 << 20, 7, 8};
    for (int n = 0; n < 1000; ++n) put(store, "stays" + std::to_string(n), 1);
    std::set<std::string> seen;
    std::uint64_t cursor = 0;
    int churn = 0;
    do {
        const scan_page page = store.scan(0, cursor, 10, 5, now);
        for (const std::string& key : page.keys) seen.insert(key);
        cursor = page.cursor;
        for (int n = 0; n < 20; ++n) put(store, "other" + std::to_string(churn++), 1);
    } while (cursor != 0 && churn < 1'000'000);
    std::size_t residents = 0;
    for (const std::string& key : seen) residents += key.starts_with("stays") ? 1U : 0U;
    EXPECT_EQ(residents, 1000U);
    EXPECT_EQ(cursor, 0U);
}

TEST(memory_store, any_cursor_is_safe) {
    memory_store store{1 << 20, 7, 8};
    for (int n = 0; n < 100; ++n) put(store, std::to_string(n), 1);
    for (const std::uint64_t cursor :
         {~std::uint64_t{0}, std::uint64_t{1} << 63, std::uint64_t{12345}}) {
        store.scan(0, cursor, 10, 10, now);
    }
}

TEST(memory_store, a_random_key_is_found_wherever_the_search_begins) {
    memory_store store{1 << 20, 7, 8};
    std::string key;
    EXPECT_FALSE(store.random_key(0, 1, now, key));
    put(store, "only", 1);
    for (std::uint64_t random = 1; random != 0; random *= 7) {
        key.clear();
        ASSERT_TRUE(store.random_key(0, random, now, key));
        EXPECT_EQ(key, "only");
        if (random > (std::uint64_t{1} << 60)) break;
    }
}

}  // namespace
}  // namespace herdgate
