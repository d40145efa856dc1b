// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.hpp"

namespace herdgate::test {
namespace {

using redis_store_dialogue = store_fixture;
using words = std::vector<std::string>;

constexpr entry_key key{0, "k"};
const std::string found_v =
    "*2\r\n$1\r\nv\r\n$42\r\n1 5001000 5002000 5003000 20 0 0 00000abcd\r\n";

TEST_F(redis_store_dialogue, is_there_once_redis_knows_the_scripts_and_coherent_once_it_tracks) {
    make();
    greet(*data_);
    EXPECT_EQ(heard(), words{});
    for (const auto& [at, sent] : {std::pair{std::size_t{0}, std::string{"TIME"}}})
        EXPECT_EQ(take(*data_)[at], sent);
    answer("*2\r\n$4\r\n5000\r\n$6\r\n250000\r\n");
    answer("*0\r\n");
    EXPECT_EQ(offset_, seconds{4000} + milliseconds{250});
    for (std::size_t i = 0; i < script_count; ++i) answer("$3\r\nsha\r\n");
    EXPECT_EQ(heard(), words{"there"});
    bring_up_unasked(7);
    EXPECT_EQ(take(*data_), words{"CLIENT TRACKING ON REDIRECT 7 NOLOOP"});
    EXPECT_EQ(heard(), words{});
    answer("+OK\r\n");
    EXPECT_EQ(heard(), words{"coherent"});
}

TEST_F(redis_store_dialogue, broadcast_tracking_names_the_prefix_and_off_asks_for_nothing) {
    make(config::tracking_mode::broadcast);
    bring_up_data();
    bring_up_unasked(7);
    EXPECT_EQ(take(*data_).back(), "CLIENT TRACKING ON REDIRECT 7 BCAST PREFIX cache: NOLOOP");
    make(config::tracking_mode::off);
    heard();
    bring_up_data();
    EXPECT_EQ(heard(), (words{"there", "coherent"}));
}

TEST_F(redis_store_dialogue, a_read_is_one_hmget) {
    make_ready();
    store_->read(5, key, now_);
    EXPECT_EQ(take(*data_), words{"HMGET cache:k data meta"});
    answer(found_v);
    EXPECT_EQ(heard(), words{"5 read ok v"});
    EXPECT_EQ(entry_.meta.fresh_until, redis_time{milliseconds{5001000}});
    EXPECT_EQ(entry_.meta.revalidate_until, redis_time{milliseconds{5002000}});
    EXPECT_EQ(entry_.meta.error_until, redis_time{milliseconds{5003000}});
    EXPECT_EQ(entry_.meta.load_time, milliseconds{20});
    EXPECT_EQ(entry_.stamp, 0xabcdU);
}

TEST_F(redis_store_dialogue, another_type_is_foreign_and_any_other_error_is_away) {
    make_ready();
    store_->read(1, key, now_);
    store_->read(2, key, now_);
    store_->read(3, key, now_);
    answer("-WRONGTYPE Operation against a key\r\n-LOADING Redis is loading\r\n:3\r\n");
    EXPECT_EQ(heard(), (words{"1 read foreign ", "2 read away ", "3 read away "}));
}

TEST_F(redis_store_dialogue, another_database_is_selected_first_and_once) {
    make_ready();
    store_->read(1, {3, "k"}, now_);
    store_->read(2, {3, "l"}, now_);
    store_->read(3, {0, "m"}, now_);
    EXPECT_EQ(take(*data_), (words{"SELECT 3", "SELECT 0", "HMGET cache:m data meta"}));
    answer("+OK\r\n");
    EXPECT_EQ(take(*data_),
              (words{"SELECT 3", "HMGET cache:k data meta", "HMGET cache:l data meta"}));
    answer("+OK\r\n" + found_v + "+OK\r\n" + found_v + found_v);
    EXPECT_EQ(heard(), (words{"3 read ok v", "1 read ok v", "2 read ok v"}));
}

TEST_F(redis_store_dialogue, nothing_is_done_elsewhere_for_a_database_that_is_not_there) {
    make_ready();
    store_->read(1, {9, "k"}, now_);
    store_->acquire(2, {9, "k"}, {0xab, milliseconds{3000}}, now_);
    EXPECT_EQ(take(*data_), words{"SELECT 9"});
    answer("-ERR DB index is out of range\r\n");
    EXPECT_EQ(heard(), (words{"2 away", "1 read away "}));
    store_->read(3, {9, "k"}, now_);
    EXPECT_EQ(heard(), words{"3 read away "});
    EXPECT_EQ(take(*data_), words{});
    EXPECT_TRUE(store_->up());
}

TEST_F(redis_store_dialogue, acquire_tells_apart_all_that_redis_answers) {
    make_ready();
    const std::map<std::string, std::string> answers{
        {"*3\r\n$7\r\ngranted\r\n$-1\r\n$-1\r\n", "9 granted"},
        {"*4\r\n$4\r\nheld\r\n:250\r\n$-1\r\n$-1\r\n", "9 held"},
        {"*3\r\n$5\r\nfresh\r\n" + found_v.substr(4), "9 fresh"},
        {"*3\r\n$7\r\nbackoff\r\n$-1\r\n$-1\r\n", "9 backoff"},
        {"*1\r\n$7\r\nforeign\r\n", "9 foreign"},
        {"-OOM command not allowed\r\n", "9 away"},
        {"*0\r\n", "9 away"}};
    for (const auto& [frame, told] : answers) {
        store_->acquire(9, key, {0xab, milliseconds{3000}}, now_);
        EXPECT_EQ(take(*data_), words{"EVALSHA sha0 1 cache:k ab 3000 host:1 0 0"});
        answer(frame);
        EXPECT_EQ(heard(), words{told});
        if (told == "9 held") {
            EXPECT_EQ(held_for_, milliseconds{250});
        }
        if (told == "9 fresh") {
            EXPECT_EQ(entry_.value.view(), "v");
        }
    }
}

TEST_F(redis_store_dialogue, windows_are_sent_as_spans_from_now) {
    make_ready();
    entry e;
    e.value = shared_bytes{"value"};
    e.meta.fresh_until = now_.store + milliseconds{100};
    e.meta.revalidate_until = now_.store + milliseconds{200};
    e.meta.error_until = now_.store - milliseconds{1};
    e.meta.load_time = milliseconds{7};
    store_->fill(4, key, 0xab, e, now_);
    EXPECT_EQ(take(*data_), words{"EVALSHA sha2 1 cache:k ab 1 value 100 200 0 7 "});
    answer("*1\r\n$6\r\nstored\r\n");
    EXPECT_EQ(heard(), words{"4 fill stored "});
}

TEST_F(redis_store_dialogue, a_refused_fill_brings_what_is_there) {
    make_ready();
    entry e;
    e.value = shared_bytes{"late"};
    store_->fill(4, key, 0xab, e, now_);
    answer("*3\r\n$7\r\nrefused\r\n" + found_v.substr(4));
    EXPECT_EQ(heard(), words{"4 fill refused v"});
}

TEST_F(redis_store_dialogue, a_script_that_redis_forgot_is_sent_whole_once) {
    make_ready();
    store_->renew(4, key, 0xab, milliseconds{3000}, now_);
    take(*data_);
    answer("-NOSCRIPT No matching script.\r\n");
    EXPECT_EQ(heard(), words{});
    const words sent = take(*data_);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].substr(0, 5), "EVAL ");
    EXPECT_NE(sent[0].find("renew TOKEN"), std::string::npos);
    answer("*1\r\n$4\r\nlost\r\n");
    EXPECT_EQ(heard(), words{"4 lost"});
}

TEST_F(redis_store_dialogue, calls_wait_for_a_link_that_was_closed_a_moment_ago) {
    make_ready();
    store_->read(1, key, now_);
    store_->acquire(2, key, {0xab, milliseconds{3000}}, now_);
    lose_data();
    EXPECT_EQ(heard(), words{"incoherent"});
    store_->read(3, {0, "l"}, now_);
    now_.steady += milliseconds{60};
    data_->on_deadline(now_);
    bring_up_data_with({"EVALSHA sha0 1 cache:k ab 3000 host:1 0 0", "HMGET cache:k data meta",
                        "HMGET cache:l data meta"});
    answer("*3\r\n$7\r\ngranted\r\n$-1\r\n$-1\r\n");
    answer(found_v);
    answer(found_v);
    EXPECT_EQ(heard(), (words{"there", "2 granted", "1 read ok v", "3 read ok v"}));
}

TEST_F(redis_store_dialogue, a_deletion_that_waits_for_a_link_comes_before_the_looks_that_wait) {
    make_ready();
    lose_data();
    store_->invalidate(key, {.hard = true, .then_refresh = false, .heard_since = {}}, now_);
    store_->read(1, key, now_);
    now_.steady += milliseconds{60};
    data_->on_deadline(now_);
    bring_up_data_with({"EVALSHA sha5 1 cache:k 1", "HMGET cache:k data meta"});
}

TEST_F(redis_store_dialogue, a_clients_write_is_never_made_twice) {
    make_ready();
    entry_change change;
    store_->swap(6, key, true, 0, change, now_);
    lose_data();
    EXPECT_EQ(heard(), (words{"incoherent", "edit 6 away "}));
}

TEST_F(redis_store_dialogue, nobody_waits_for_a_redis_that_is_not_there) {
    make_ready();
    store_->read(1, key, now_);
    lose_data();
    heard();
    now_.steady += milliseconds{60};
    data_->on_deadline(now_);
    data_->wants();
    data_->on_closed("connection refused", now_);
    EXPECT_EQ(heard(), (words{"away", "1 read away "}));
    store_->read(2, key, now_);
    store_->acquire(3, key, {1, milliseconds{1}}, now_);
    EXPECT_EQ(heard(), (words{"2 read away ", "3 away"}));
}

TEST_F(redis_store_dialogue, nobody_waits_for_a_redis_that_does_not_answer) {
    make_ready();
    store_->read(1, key, now_);
    now_.steady += milliseconds{1000};
    data_->on_deadline(now_);
    EXPECT_EQ(heard(), (words{"incoherent", "away", "1 read away "}));
}

TEST_F(redis_store_dialogue, patience_ends_after_a_second) {
    make_ready();
    lose_data();
    store_->read(1, key, now_);
    heard();
    now_.steady += milliseconds{999};
    store_->tick(now_);
    EXPECT_EQ(heard(), words{});
    now_.steady += milliseconds{1};
    store_->tick(now_);
    EXPECT_EQ(heard(), (words{"away", "1 read away "}));
}

TEST_F(redis_store_dialogue, a_wait_begins_when_redis_has_confirmed_it_and_ends_with_a_message) {
    make_ready();
    store_->watch(1, key, now_);
    store_->watch(2, key, now_);
    EXPECT_EQ(take(*unasked_), words{"SUBSCRIBE cache:k"});
    EXPECT_EQ(heard(), words{});
    tell("*3\r\n$9\r\nsubscribe\r\n$7\r\ncache:k\r\n:2\r\n");
    EXPECT_EQ(heard(), (words{"1 watching", "2 watching"}));
    tell_message("cache:k", "filled");
    EXPECT_EQ(heard(), (words{"1 woken", "2 woken"}));
    store_->unwatch(1, key);
    EXPECT_EQ(take(*unasked_), words{});
    store_->unwatch(2, key);
    EXPECT_EQ(take(*unasked_), words{"UNSUBSCRIBE cache:k"});
}

TEST_F(redis_store_dialogue,
       a_wait_that_was_given_up_and_begun_anew_is_confirmed_by_the_later_answer) {
    make_ready();
    store_->watch(1, key, now_);
    store_->unwatch(1, key);
    store_->watch(2, key, now_);
    tell("*3\r\n$9\r\nsubscribe\r\n$7\r\ncache:k\r\n:2\r\n");
    EXPECT_EQ(heard(), words{});
    tell("*3\r\n$11\r\nunsubscribe\r\n$7\r\ncache:k\r\n:1\r\n");
    tell("*3\r\n$9\r\nsubscribe\r\n$7\r\ncache:k\r\n:2\r\n");
    EXPECT_EQ(heard(), words{"2 watching"});
}

TEST_F(redis_store_dialogue, who_waits_is_woken_when_nobody_could_tell_any_more) {
    make_ready();
    store_->watch(1, key, now_);
    tell("*3\r\n$9\r\nsubscribe\r\n$7\r\ncache:k\r\n:2\r\n");
    store_->watch(2, {0, "l"}, now_);
    heard();
    unasked_->on_closed("gone", now_);
    const words told = heard();
    EXPECT_EQ(told[0], "incoherent");
    EXPECT_EQ(words(told.begin() + 1, told.end()).size(), 2U);
    EXPECT_NE(std::find(told.begin(), told.end(), "1 woken"), told.end());
    EXPECT_NE(std::find(told.begin(), told.end(), "2 not watching"), told.end());
    store_->watch(3, key, now_);
    EXPECT_EQ(heard(), words{"3 not watching"});
}

TEST_F(redis_store_dialogue, a_refused_subscription_is_no_wait) {
    make_ready();
    store_->watch(1, key, now_);
    tell("-NOPERM this user has no permissions to access one of the channels\r\n");
    EXPECT_EQ(heard(), words{"1 not watching"});
}

TEST_F(redis_store_dialogue, hears_which_entries_others_have_changed) {
    make_ready();
    const std::string channel = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
    tell(channel + "*2\r\n$7\r\ncache:k\r\n$5\r\nother\r\n");
    EXPECT_EQ(heard(), words{"changed k"});
    tell(channel + "*-1\r\n");
    EXPECT_EQ(heard(), words{"all changed"});
}

TEST_F(redis_store_dialogue, a_new_subscriber_is_the_one_that_is_told) {
    make_ready();
    unasked_->on_closed("gone", now_);
    EXPECT_EQ(heard(), words{"incoherent"});
    now_.steady += milliseconds{60};
    unasked_->on_deadline(now_);
    bring_up_unasked(8);
    EXPECT_EQ(take(*data_), words{"CLIENT TRACKING ON REDIRECT 8 NOLOOP"});
    answer("+OK\r\n");
    EXPECT_EQ(heard(), words{"coherent"});
}

}  // namespace
}  // namespace herdgate::test
