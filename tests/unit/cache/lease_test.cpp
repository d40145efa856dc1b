// SPDX-License-Identifier: Apache-2.0
//
// The store's transitions of entries and leases.
#include <gtest/gtest.h>

#include "herdgate/core/cache/key_access.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

constexpr redis_time start{milliseconds{1'700'000'000'000}};
constexpr entry_key k{0, "product:1"};
constexpr milliseconds ms{1};

class leases : public testing::Test {
  protected:
    entry loaded(std::string_view text, redis_time now = start) {
        entry e;
        e.value = shared_bytes{text};
        e.meta = filled_meta(policy_, now, policy_.ttl, 5 * ms);
        return e;
    }
    acquire_status acquire(lease_token token, redis_time now = start) {
        return store_.acquire(k, token, now + 3000 * ms, now).status;
    }

    route_policy policy_;
    memory_store store_{1 << 20, 42, 4};
};

TEST_F(leases, the_first_gets_it_and_the_others_do_not) {
    EXPECT_EQ(acquire(1), acquire_status::granted);
    EXPECT_EQ(acquire(2), acquire_status::held);
    EXPECT_EQ(acquire(1), acquire_status::granted);
    EXPECT_EQ(store_.lookup(k, start).lease, 1U);
}

TEST_F(leases, one_that_ran_out_is_taken_over_and_its_holder_can_neither_fill_nor_fail_nor_renew) {
    EXPECT_EQ(acquire(1), acquire_status::granted);
    EXPECT_EQ(acquire(2, start + 2999 * ms), acquire_status::held);
    EXPECT_EQ(acquire(2, start + 3000 * ms), acquire_status::granted);
    EXPECT_EQ(store_.fill(k, 1, loaded("old"), start + 3000 * ms), fill_status::refused);
    EXPECT_FALSE(store_.fail(k, 1, {}, "late", start + 3000 * ms));
    EXPECT_FALSE(store_.renew(k, 1, start + 9000 * ms));
    EXPECT_EQ(store_.fill(k, 2, loaded("new"), start + 3000 * ms), fill_status::stored);
    EXPECT_EQ(store_.lookup(k, start + 3000 * ms).e.value.view(), "new");
}

TEST_F(leases, one_that_ran_out_and_nobody_took_still_fills) {
    EXPECT_EQ(acquire(1), acquire_status::granted);
    EXPECT_EQ(store_.lookup(k, start + 3000 * ms).lease, 0U);
    EXPECT_EQ(store_.fill(k, 1, loaded("v"), start + 5000 * ms), fill_status::stored);
}

TEST_F(leases, renewing_moves_the_deadline) {
    EXPECT_EQ(acquire(1), acquire_status::granted);
    EXPECT_TRUE(store_.renew(k, 1, start + 6000 * ms));
    EXPECT_EQ(acquire(2, start + 5999 * ms), acquire_status::held);
    EXPECT_EQ(acquire(2, start + 6000 * ms), acquire_status::granted);
}

TEST_F(leases, a_fill_drops_the_lease_and_a_second_one_is_refused) {
    EXPECT_EQ(acquire(1), acquire_status::granted);
    EXPECT_EQ(store_.fill(k, 1, loaded("v"), start), fill_status::stored);
    EXPECT_EQ(store_.fill(k, 1, loaded("w"), start), fill_status::refused);
    const acquire_answer second = store_.acquire(k, 2, start + 3000 * ms, start);
    EXPECT_EQ(second.status, acquire_status::fresh);
    EXPECT_EQ(second.e.value.view(), "v");
}

TEST_F(leases, a_stale_entry_comes_with_the_grant) {
    acquire(1);
    store_.fill(k, 1, loaded("v"), start);
    const redis_time later = start + policy_.ttl;
    const acquire_answer answer = store_.acquire(k, 2, later + 3000 * ms, later);
    EXPECT_EQ(answer.status, acquire_status::granted);
    EXPECT_EQ(answer.e.value.view(), "v");
}

TEST_F(leases, a_failure_keeps_the_value_and_nobody_loads_until_retry_at) {
    acquire(1);
    store_.fill(k, 1, loaded("v"), start);
    const redis_time later = start + policy_.ttl;
    const acquire_answer answer = store_.acquire(k, 2, later + 3000 * ms, later);
    const entry_meta meta = failed_meta(policy_, answer.e.meta, later, 0);
    EXPECT_TRUE(store_.fail(k, 2, meta, "origin answered 500", later));
    const acquire_answer next = store_.acquire(k, 3, later + 3000 * ms, later);
    EXPECT_EQ(next.status, acquire_status::backoff);
    EXPECT_EQ(next.e.value.view(), "v");
    EXPECT_EQ(next.e.reason, "origin answered 500");
    EXPECT_EQ(next.e.meta, meta);
    EXPECT_EQ(store_.acquire(k, 3, meta.retry_at + 3000 * ms, meta.retry_at).status,
              acquire_status::granted);
}

TEST_F(leases, a_cold_key_keeps_a_stub_for_a_while_beyond_retry_at) {
    acquire(1);
    const entry_meta meta = failed_meta(policy_, {}, start, 0);
    EXPECT_TRUE(store_.fail(k, 1, meta, "refused", start));
    EXPECT_EQ(acquire(2), acquire_status::backoff);
    EXPECT_EQ(store_.lookup(k, meta.retry_at - ms).e.reason, "refused");
    const redis_time forgotten = meta.retry_at + std::chrono::minutes{1};
    EXPECT_EQ(store_.lookup(k, forgotten - ms).e.meta.failures, 1U);
    EXPECT_EQ(store_.lookup(k, forgotten).e.meta.failures, 0U);
    EXPECT_EQ(store_.totals().records, 0U);
}

TEST_F(leases, a_negative_is_fresh_for_its_ttl_and_one_without_a_ttl_erases) {
    acquire(1);
    entry none;
    none.negative = true;
    none.meta = negative_meta(policy_, start, ms);
    EXPECT_EQ(store_.fill(k, 1, none, start), fill_status::stored);
    EXPECT_EQ(acquire(2), acquire_status::fresh);
    EXPECT_EQ(acquire(2, start + policy_.negative.ttl), acquire_status::granted);
    none.meta.fresh_until = start;
    EXPECT_EQ(store_.fill(k, 2, none, start), fill_status::stored);
    EXPECT_EQ(store_.totals().records, 0U);
}

TEST_F(leases, releasing_is_for_the_holder_only) {
    acquire(1);
    store_.release(k, 2);
    EXPECT_EQ(acquire(2), acquire_status::held);
    store_.release(k, 1);
    EXPECT_EQ(acquire(2), acquire_status::granted);
}

TEST_F(leases, a_value_without_room_is_too_large_and_leaves_what_was_there) {
    acquire(1);
    store_.fill(k, 1, loaded("v"), start);
    const redis_time later = start + policy_.ttl;
    acquire(2, later);
    const entry big = loaded(std::string(store_.largest_record(), 'x'), later);
    EXPECT_EQ(store_.fill(k, 2, big, later), fill_status::too_large);
    EXPECT_EQ(store_.lookup(k, later).e.value.view(), "v");
    EXPECT_EQ(store_.lookup(k, later).lease, 0U);
}

TEST_F(leases, eviction_takes_the_record_and_leaves_the_lease) {
    memory_store store{1 << 20, 42, 1};
    const redis_time later = start + policy_.ttl;
    store.acquire(k, 1, start + 3000 * ms, start);
    store.fill(k, 1, loaded("v"), start);
    store.acquire(k, 2, later + 3000 * ms, later);
    // What is read again stays: the hand passes it and comes back to the entry.
    const std::size_t bytes = store.largest_record() - plain_record_overhead - 1;
    for (const std::string_view name : {"a", "b", "c", "d", "e"}) {
        key_access access{store, {0, name}, start};
        ASSERT_TRUE(access.put_plain({0, name}, shared_bytes{std::string(bytes, 'x')}, never));
        access.find({0, name});
    }
    EXPECT_FALSE(store.lookup(k, later).e.value);
    EXPECT_EQ(store.fill(k, 2, loaded("w", later), later), fill_status::stored);
}

TEST_F(leases, long_past_ones_are_forgotten) {
    acquire(1);
    store_.expire_some(start + seconds{60}, 100);
    EXPECT_EQ(store_.totals().leases, 1U);
    store_.expire_some(start + seconds{64}, 100);
    EXPECT_EQ(store_.totals().leases, 0U);
}

TEST_F(leases, keys_of_other_databases_are_other_keys) {
    acquire(1);
    EXPECT_EQ(store_.acquire({1, k.key}, 2, start + 3000 * ms, start).status,
              acquire_status::granted);
    store_.flush(1);
    EXPECT_EQ(store_.fill({1, k.key}, 2, loaded("v"), start), fill_status::refused);
    EXPECT_EQ(store_.fill(k, 1, loaded("v"), start), fill_status::stored);
}

}  // namespace
}  // namespace herdgate
