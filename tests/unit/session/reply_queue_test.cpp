// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/reply_queue.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace herdgate {
namespace {

TEST(reply_queue, early_replies_are_ready_at_once) {
    reply_queue queue;
    queue.sink() += "a";
    queue.sink() += "b";
    EXPECT_EQ(queue.ready(), "ab");
    EXPECT_EQ(queue.held_bytes(), 0U);
}

TEST(reply_queue, replies_behind_a_waiting_one_are_held_back) {
    reply_queue queue;
    queue.sink() += "a";
    const auto slot = queue.open();
    queue.sink() += "c";
    EXPECT_EQ(queue.ready(), "a");
    EXPECT_EQ(queue.held_bytes(), 1U);
    EXPECT_EQ(queue.waiting(), 1U);
    queue.fill(slot, "b");
    EXPECT_EQ(queue.ready(), "abc");
    EXPECT_EQ(queue.waiting(), 0U);
    EXPECT_EQ(queue.held_bytes(), 0U);
}

TEST(reply_queue, slots_filled_out_of_order_come_out_in_order) {
    reply_queue queue;
    const auto first = queue.open();
    queue.sink() += "2";
    const auto second = queue.open();
    queue.sink() += "4";
    queue.fill(second, "3");
    EXPECT_EQ(queue.ready(), "");
    EXPECT_EQ(queue.held_bytes(), 3U);
    queue.fill(first, "1");
    EXPECT_EQ(queue.ready(), "1234");
    EXPECT_EQ(queue.held_bytes(), 0U);
}

TEST(reply_queue, what_nobody_asked_for_comes_before_the_slot_it_overtakes) {
    reply_queue queue;
    queue.interject(std::nullopt, "a");
    const auto first = queue.open();
    queue.sink() += "2";
    const auto second = queue.open();
    queue.interject(second, "b");
    queue.interject(first, "c");
    queue.interject(std::nullopt, "d");
    EXPECT_EQ(queue.ready(), "ac");
    queue.fill(second, "3");
    queue.fill(first, "1");
    EXPECT_EQ(queue.ready(), "ac12b3d");
    EXPECT_EQ(queue.held_bytes(), 0U);
}

TEST(reply_queue, muted_replies_take_their_places_and_are_dropped) {
    reply_queue queue;
    const auto first = queue.open();
    queue.mute(true);
    queue.sink() += "dropped";
    const auto second = queue.open();
    const auto third = queue.open();
    queue.mute(false);
    queue.sink() += "4";
    queue.fill(second, "dropped");
    queue.fill(third, "3", true);
    queue.fill(first, "1");
    EXPECT_EQ(queue.ready(), "134");
    EXPECT_EQ(queue.waiting(), 0U);
    EXPECT_EQ(queue.held_bytes(), 0U);
}

TEST(reply_queue, any_order_of_filling_keeps_the_order_of_commands) {
    for (unsigned seed = 0; seed < 500; ++seed) {
        std::mt19937 random{seed};
        reply_queue queue;
        std::string expected;
        std::string got;
        std::vector<std::pair<reply_queue::slot_id, std::string>> open;
        for (int step = 0; step < 60; ++step) {
            const std::string reply = "<" + std::to_string(step) + ">";
            const auto choice = random() % 3;
            if (choice == 0) {
                queue.sink() += reply;
                expected += reply;
            } else if (choice == 1) {
                open.emplace_back(queue.open(), reply);
                expected += reply;
            } else if (!open.empty()) {
                const auto which = random() % open.size();
                queue.fill(open[which].first, open[which].second);
                open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
            }
            got += std::exchange(queue.ready(), {});
        }
        for (auto& [slot, reply] : open) queue.fill(slot, reply);
        got += queue.ready();
        ASSERT_EQ(got, expected) << "seed " << seed;
        ASSERT_EQ(queue.held_bytes(), 0U) << "seed " << seed;
    }
}

}  // namespace
}  // namespace herdgate
