// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/fill_machine.hpp"

#include <gtest/gtest.h>

#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

constexpr redis_time now{milliseconds{1'000'000}};

entry stale_entry() {
    entry e;
    e.value = shared_bytes{"old"};
    e.meta = filled_meta({}, now - milliseconds{70'000}, milliseconds{60'000}, {});
    return e;
}

entry fresh_entry() {
    entry e;
    e.value = shared_bytes{"new"};
    e.meta = filled_meta({}, now, milliseconds{60'000}, {});
    return e;
}

acquire_answer answer(acquire_status status, entry found = {}) {
    return {status, std::move(found), milliseconds{250}};
}

TEST(fill_machine, a_granted_lease_is_loaded_filled_and_finished) {
    const route_policy policy;
    fill_machine machine{policy};
    EXPECT_EQ(machine.start_with_acquire(), fill_action::acquire);
    EXPECT_EQ(machine.on_acquired(answer(acquire_status::granted)), fill_action::load);
    EXPECT_EQ(
        machine.on_loaded({load_outcome::ok, shared_bytes{"v"}, {}}, now, milliseconds{20}, 0),
        fill_action::fill);
    EXPECT_EQ(machine.result_entry().value.view(), "v");
    EXPECT_EQ(machine.result_entry().meta.fresh_until, now + policy.ttl);
    EXPECT_EQ(machine.result_entry().meta.load_time, milliseconds{20});
    EXPECT_EQ(machine.on_stored({}, now), fill_action::finish);
    EXPECT_EQ(machine.outcome().what, fill_outcome::kind::value);
}

TEST(fill_machine, a_refused_fill_still_answers_those_who_wait) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    machine.on_acquired(answer(acquire_status::granted));
    machine.on_loaded({load_outcome::ok, shared_bytes{"v"}, {}}, now, {}, 0);
    EXPECT_EQ(machine.on_stored({fill_status::refused, {}}, now), fill_action::finish);
    EXPECT_EQ(machine.outcome().what, fill_outcome::kind::value);
    EXPECT_EQ(machine.outcome().found.value.view(), "v");
    EXPECT_FALSE(machine.outcome().shared);
}

TEST(fill_machine, a_lease_for_ever_is_looked_at_again_within_a_minute) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    machine.on_acquired(answer(acquire_status::held));
    machine.on_watching(true);
    EXPECT_EQ(machine.on_acquired({acquire_status::held, {}, milliseconds::max()}),
              fill_action::wait);
    EXPECT_EQ(machine.retry_in(), milliseconds{60'000});
}

TEST(fill_machine, what_a_lease_came_with_is_not_served_if_the_entry_changed_on_the_way) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    EXPECT_FALSE(machine.on_wake());
    EXPECT_EQ(machine.on_acquired(answer(acquire_status::granted, stale_entry())),
              fill_action::load);
    EXPECT_FALSE(machine.found().value);
}

TEST(fill_machine, an_entry_filled_meanwhile_ends_it) {
    const route_policy policy;
    fill_machine value{policy};
    value.start_with_acquire();
    EXPECT_EQ(value.on_acquired(answer(acquire_status::fresh, stale_entry())), fill_action::finish);
    EXPECT_EQ(value.outcome().what, fill_outcome::kind::value);
    fill_machine nil{policy};
    nil.start_with_acquire();
    entry negative;
    negative.negative = true;
    EXPECT_EQ(nil.on_acquired(answer(acquire_status::fresh, negative)), fill_action::finish);
    EXPECT_EQ(nil.outcome().what, fill_outcome::kind::nil);
}

TEST(fill_machine, a_held_lease_is_watched_and_looked_at_again_before_it_is_waited_for) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    EXPECT_EQ(machine.on_acquired(answer(acquire_status::held)), fill_action::watch);
    EXPECT_EQ(machine.on_watching(true), fill_action::acquire);
    EXPECT_EQ(machine.on_acquired(answer(acquire_status::held)), fill_action::wait);
    EXPECT_EQ(machine.retry_in(), milliseconds{250});
    EXPECT_TRUE(machine.on_wake());
    EXPECT_EQ(machine.on_read({store_status::ok, fresh_entry()}, now), fill_action::finish);
    EXPECT_EQ(machine.outcome().found.value.view(), "new");
    EXPECT_FALSE(machine.loaded());
}

TEST(fill_machine, a_wake_up_that_comes_before_its_wait_is_not_lost) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    machine.on_acquired(answer(acquire_status::held));
    machine.on_watching(true);
    EXPECT_FALSE(machine.on_wake());  // the answer is still on its way
    EXPECT_EQ(machine.on_acquired(answer(acquire_status::held)), fill_action::read);
}

TEST(fill_machine, a_lease_that_runs_out_is_taken_over) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    machine.on_acquired(answer(acquire_status::held));
    machine.on_watching(true);
    machine.on_acquired(answer(acquire_status::held));
    EXPECT_EQ(machine.on_wait_over(), fill_action::acquire);
    EXPECT_EQ(machine.on_acquired(answer(acquire_status::granted)), fill_action::load);
    EXPECT_TRUE(machine.leased());
}

TEST(fill_machine, where_nobody_tells_it_looks_often) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    machine.on_acquired(answer(acquire_status::held));
    machine.on_watching(false);
    EXPECT_EQ(machine.on_acquired(answer(acquire_status::held)), fill_action::wait);
    EXPECT_EQ(machine.retry_in(), milliseconds{50});
}

TEST(fill_machine, a_look_that_finds_something_to_serve_ends_it) {
    const route_policy policy;
    fill_machine fresh{policy};
    EXPECT_EQ(fresh.start_with_read(), fill_action::read);
    EXPECT_EQ(fresh.on_read({store_status::ok, fresh_entry()}, now), fill_action::finish);
    EXPECT_EQ(fresh.outcome().what, fill_outcome::kind::value);
    fill_machine backing_off{policy};
    backing_off.start_with_read();
    entry failed = stale_entry();
    failed.meta.retry_at = now + seconds{1};
    EXPECT_EQ(backing_off.on_read({store_status::ok, failed}, now), fill_action::finish);
    EXPECT_EQ(backing_off.outcome().what, fill_outcome::kind::backoff);
    fill_machine stale{policy};
    stale.start_with_read();
    EXPECT_EQ(stale.on_read({store_status::ok, stale_entry()}, now), fill_action::acquire);
    EXPECT_EQ(stale.found().value.view(), "old");
}

TEST(fill_machine, without_a_store_it_loads_alone_and_stores_nothing) {
    const route_policy policy;
    for (const store_status status : {store_status::away, store_status::foreign}) {
        fill_machine machine{policy};
        machine.start_with_read();
        EXPECT_EQ(machine.on_read({status, {}}, now), fill_action::load);
        EXPECT_FALSE(machine.leased());
        EXPECT_EQ(machine.on_loaded({load_outcome::ok, shared_bytes{"v"}, {}}, now, {}, 0),
                  fill_action::finish);
        EXPECT_FALSE(machine.outcome().shared);
        EXPECT_EQ(machine.outcome().found.value.view(), "v");
    }
    fill_machine lost{policy};
    lost.start_with_acquire();
    EXPECT_EQ(lost.on_acquired(answer(acquire_status::away)), fill_action::load);
    EXPECT_EQ(lost.on_loaded({load_outcome::error, {}, "HTTP 500"}, now, {}, 0),
              fill_action::finish);
    EXPECT_EQ(lost.outcome().what, fill_outcome::kind::failed);
}

TEST(fill_machine, a_refused_fill_gives_way_to_what_is_newer) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    machine.on_acquired(answer(acquire_status::granted));
    machine.on_loaded({load_outcome::ok, shared_bytes{"late"}, {}}, now, {}, 0);
    EXPECT_EQ(machine.on_stored({fill_status::refused, fresh_entry()}, now), fill_action::finish);
    EXPECT_EQ(machine.outcome().found.value.view(), "new");
    EXPECT_TRUE(machine.outcome().shared);
}

TEST(fill_machine, absence_is_remembered_for_its_ttl_or_not_at_all) {
    route_policy policy;
    fill_machine remembered{policy};
    remembered.start_with_acquire();
    remembered.on_acquired(answer(acquire_status::granted));
    EXPECT_EQ(remembered.on_loaded({load_outcome::absent, {}, {}}, now, {}, 0), fill_action::fill);
    EXPECT_TRUE(remembered.result_entry().negative);
    EXPECT_EQ(remembered.result_entry().meta.fresh_until, now + policy.negative.ttl);
    policy.negative.ttl = milliseconds{0};
    fill_machine forgotten{policy};
    forgotten.start_with_acquire();
    forgotten.on_acquired(answer(acquire_status::granted));
    EXPECT_EQ(forgotten.on_loaded({load_outcome::absent, {}, {}}, now, {}, 0), fill_action::fill);
    EXPECT_LE(useful_until(forgotten.result_entry()), now);  // the store erases what it had
    EXPECT_EQ(forgotten.on_stored({}, now), fill_action::finish);
    EXPECT_EQ(forgotten.outcome().what, fill_outcome::kind::nil);
}

TEST(fill_machine, a_failed_load_keeps_the_old_value_and_says_why) {
    const route_policy policy;
    for (const load_outcome failure :
         {load_outcome::error, load_outcome::timeout, load_outcome::rejected}) {
        fill_machine machine{policy};
        machine.start_with_acquire();
        machine.on_acquired(answer(acquire_status::granted, stale_entry()));
        EXPECT_EQ(machine.on_loaded({failure, {}, "HTTP 500"}, now, {}, 0), fill_action::fail);
        EXPECT_EQ(machine.result_entry().meta.failures, 1U);
        EXPECT_EQ(machine.result_entry().meta.retry_at, now + policy.backoff.first);
        EXPECT_EQ(machine.result_entry().meta.fresh_until, stale_entry().meta.fresh_until);
        EXPECT_EQ(machine.on_stored({}, now), fill_action::finish);
        EXPECT_EQ(machine.outcome().what, fill_outcome::kind::failed);
        EXPECT_EQ(machine.outcome().found.value.view(), "old");
        EXPECT_EQ(machine.outcome().found.reason, "HTTP 500");
    }
}

TEST(fill_machine, a_cold_key_whose_load_never_had_its_turn_does_not_back_off) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    machine.on_acquired(answer(acquire_status::granted));
    EXPECT_EQ(machine.on_loaded({load_outcome::rejected, {}, "full"}, now, {}, 0),
              fill_action::fail);
    EXPECT_EQ(machine.result_entry().meta, entry_meta{});
    EXPECT_EQ(machine.on_stored({}, now), fill_action::finish);
    EXPECT_EQ(machine.outcome().what, fill_outcome::kind::failed);
}

TEST(fill_machine, a_failure_after_the_entry_changed_says_nothing_about_what_is_stored) {
    const route_policy policy;
    fill_machine machine{policy};
    machine.start_with_acquire();
    EXPECT_FALSE(machine.on_wake());
    machine.on_acquired(answer(acquire_status::granted, stale_entry()));
    machine.on_loaded({load_outcome::error, {}, "HTTP 500"}, now, {}, 0);
    machine.on_stored({fill_status::stored, {}}, now);
    EXPECT_FALSE(machine.outcome().shared);
}

TEST(entry, failures_back_off_exponentially_up_to_the_maximum) {
    const route_policy policy;  // first 1 s, max 60 s
    entry_meta meta;
    for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60}) {
        meta = failed_meta(policy, meta, now, 0);
        EXPECT_EQ(meta.retry_at, now + seconds{expected});
    }
    for (int i = 0; i < 100; ++i) meta = failed_meta(policy, meta, now, 0);
    EXPECT_EQ(meta.retry_at, now + seconds{60});
}

TEST(entry, chance_takes_off_at_most_a_fifth_of_the_back_off) {
    const route_policy policy;
    EXPECT_EQ(failed_meta(policy, {}, now, 0.5).retry_at, now + milliseconds{900});
    EXPECT_GE(failed_meta(policy, {}, now, 0.999).retry_at, now + milliseconds{800});
}

TEST(entry, is_judged_by_its_windows_to_the_millisecond) {
    entry e;
    e.value = shared_bytes{"v"};
    e.meta.fresh_until = redis_time{milliseconds{10}};
    e.meta.revalidate_until = redis_time{milliseconds{20}};
    e.meta.error_until = redis_time{milliseconds{30}};
    const auto at = [&](int ms) { return judge(e, redis_time{milliseconds{ms}}); };
    EXPECT_EQ(at(9), freshness::fresh);
    EXPECT_EQ(at(10), freshness::stale_revalidate);
    EXPECT_EQ(at(19), freshness::stale_revalidate);
    EXPECT_EQ(at(20), freshness::stale_if_error);
    EXPECT_EQ(at(29), freshness::stale_if_error);
    EXPECT_EQ(at(30), freshness::absent);
    EXPECT_EQ(useful_until(e), redis_time{milliseconds{30}});
    entry negative;
    negative.negative = true;
    negative.meta.fresh_until = redis_time{milliseconds{10}};
    EXPECT_EQ(judge(negative, redis_time{milliseconds{9}}), freshness::negative);
    EXPECT_EQ(judge(negative, redis_time{milliseconds{10}}), freshness::absent);
    EXPECT_EQ(judge(entry{}, redis_time{milliseconds{0}}), freshness::absent);
}

}  // namespace
}  // namespace herdgate
