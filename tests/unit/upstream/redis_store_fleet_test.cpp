// SPDX-License-Identifier: Apache-2.0
//
// The store in Redis: what others say is out of date, and places of the fleet's loads.
#include <gtest/gtest.h>

#include "store_fixture.hpp"

namespace herdgate::test {
namespace {

class redis_store_fleet : public store_fixture {};

constexpr entry_key key{0, "k"};
constexpr fleet_places places{"products", 8};

/// An entry that is fresh for a while, whose load began at 4,000,000 ms.
const std::string found_v =
    "*2\r\n$1\r\nv\r\n$56\r\n1 5001000 5002000 5003000 20 0 0 00000abcd\nbegan 4000000\r\n";

redis_time at(std::int64_t ms) {
    return redis_time{milliseconds{ms}};
}

TEST_F(redis_store_fleet, an_invalidation_that_all_hear_names_its_marker_and_who_calls) {
    make_ready();
    store_->invalidate(key, {.hard = true, .then_refresh = false, .heard_since = at(17)}, now_);
    EXPECT_EQ(take(*data_), words{"EVALSHA sha5 2 cache:k herdgate:seen:cache:k 1 17 host:1"});
    answer("*2\r\n$4\r\ndone\r\n:1\r\n");
    store_->invalidate(key, {.hard = false, .then_refresh = false, .heard_since = {}}, now_);
    EXPECT_EQ(take(*data_), words{"EVALSHA sha5 1 cache:k 0"});
    EXPECT_EQ(heard(), words{});
}

TEST_F(redis_store_fleet, an_invalidation_whose_script_redis_has_forgotten_counts_from_then_on) {
    make_ready();
    store_->invalidate(key, {.hard = true, .then_refresh = false, .heard_since = {}}, now_);
    take(*data_);
    answer("-NOSCRIPT No matching script.\r\n");
    EXPECT_EQ(take(*data_).front().substr(0, 5), "EVAL ");
    EXPECT_EQ(heard(), words{"changed k"});
}

TEST_F(redis_store_fleet, only_who_has_made_an_entry_stale_refreshes_it) {
    make_ready();
    for (const char* reply : {"*2\r\n$4\r\ndone\r\n:1\r\n", "*2\r\n$4\r\ndone\r\n:0\r\n",
                              "*1\r\n$4\r\nseen\r\n", "-ERR no\r\n"}) {
        store_->invalidate(key, {.hard = false, .then_refresh = true, .heard_since = at(17)}, now_);
        answer(reply);
    }
    EXPECT_EQ(heard(), words{"refresh k"});
}

TEST_F(redis_store_fleet, a_routes_floor_is_what_redis_says_or_now_where_it_says_nothing) {
    make_ready();
    store_->invalidate_route("r", {.hard = false, .then_refresh = false, .heard_since = at(17)},
                             now_);
    EXPECT_EQ(take(*data_), words{"EVALSHA sha7 1 herdgate:floors:cache: r 0 17 host:1"});
    answer("*3\r\n$4\r\ndone\r\n$1\r\n5\r\n$3\r\n100\r\n");
    EXPECT_EQ(heard(), words{"floor r 5 100"});
    lose_data();
    now_.steady += seconds{5};
    data_->on_deadline(now_);
    data_->on_closed("refused", now_);
    heard();
    store_->invalidate_route("r", {}, now_);
    const std::string now = std::to_string(now_.store.time_since_epoch().count());
    EXPECT_EQ(heard(), words{"floor r " + now + " " + now});
}

TEST_F(redis_store_fleet, floors_are_known_before_the_store_can_be_asked) {
    make();
    greet(*data_);
    answer("*2\r\n$4\r\n5000\r\n$1\r\n0\r\n");
    answer("*2\r\n$1\r\nr\r\n$20\r\n5 100 100 host:1 h:2\r\n");
    EXPECT_EQ(heard(), words{"floor r 5 100"});
}

TEST_F(redis_store_fleet, an_entry_from_before_its_routes_floor_is_stale_or_gone) {
    make_ready();
    floor_ = {at(0), at(4'000'000)};
    store_->read(1, key, now_);
    answer(found_v);
    EXPECT_EQ(entry_.value.view(), "v");
    EXPECT_EQ(entry_.meta.fresh_until, at(4'000'000));
    EXPECT_EQ(entry_.meta.revalidate_until, at(5'002'000));
    floor_ = {at(4'000'000), at(4'000'000)};
    store_->read(1, key, now_);
    answer(found_v);
    EXPECT_FALSE(entry_.value);
    EXPECT_EQ(entry_.meta, entry_meta{});
    EXPECT_NE(entry_.stamp, 0U);  // a write still has to name what it replaces
    floor_ = {at(3'999'999), at(3'999'999)};
    store_->read(1, key, now_);
    answer(found_v);
    EXPECT_EQ(entry_.meta.fresh_until, at(5'001'000));
    take(*data_);
    store_->acquire(9, key, {0xab, milliseconds{3000}}, now_);
    EXPECT_EQ(take(*data_), words{"EVALSHA sha0 1 cache:k ab 3000 host:1 3999999 0"});
}

TEST_F(redis_store_fleet, places_are_a_key_of_their_own_and_tell_on_a_channel_of_each) {
    make_ready();
    store_->enter(1, places, 0xab, milliseconds{3000}, now_);
    EXPECT_EQ(take(*data_), words{"EVALSHA sha9 1 herdgate:places:cache:products ab 3000 8 0"});
    answer("*3\r\n$6\r\nqueued\r\n:1\r\n:250\r\n");
    store_->watch_place(1, places, 0xab, now_);
    EXPECT_EQ(take(*unasked_), words{"SUBSCRIBE herdgate:places:cache:products:ab"});
    store_->keep_place(places, 0xab, milliseconds{3000}, now_);
    EXPECT_EQ(take(*data_), words{"EVALSHA sha9 1 herdgate:places:cache:products ab 3000 8 1"});
    answer("*1\r\n$7\r\nentered\r\n");  // nobody waits for this answer
    store_->leave(places, 0xab, now_);
    EXPECT_EQ(take(*data_), words{"EVALSHA shaa 1 herdgate:places:cache:products ab 8"});
    answer("*1\r\n$4\r\nleft\r\n");
    store_->enter(2, places, 0xac, milliseconds{3000}, now_);
    answer("*1\r\n$7\r\nentered\r\n");
    store_->enter(3, places, 0xad, milliseconds{3000}, now_);
    answer("*1\r\n$7\r\nforeign\r\n");
    EXPECT_EQ(heard(), (words{"1 queued 250", "2 entered", "3 away"}));
}

}  // namespace
}  // namespace herdgate::test
