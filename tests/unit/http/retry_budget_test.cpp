// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/retry_budget.hpp"

#include <gtest/gtest.h>

namespace herdgate {
namespace {

constexpr std::int64_t fifth = 2000;

steady_time at(int second) {
    return steady_time{seconds{1000 + second}};
}

int taken(retry_budget& budget, int second) {
    int count = 0;
    while (count < 10'000 && budget.take(at(second))) ++count;
    return count;
}

TEST(retry_budget, allows_a_few_without_traffic) {
    retry_budget budget{fifth};
    EXPECT_EQ(taken(budget, 0), 3);
    EXPECT_EQ(taken(budget, 9), 0) << "they are in the window still";
    EXPECT_EQ(taken(budget, 10), 3);
}

TEST(retry_budget, allows_its_share_of_the_requests) {
    retry_budget budget{fifth};
    for (int i = 0; i < 100; ++i) budget.on_request(at(i / 10));
    EXPECT_EQ(taken(budget, 9), 20);
    budget.on_request(at(9));
    EXPECT_EQ(taken(budget, 9), 0) << "a fifth of a retry";
    for (int i = 0; i < 4; ++i) budget.on_request(at(9));
    EXPECT_EQ(taken(budget, 9), 1);
}

TEST(retry_budget, forgets_what_is_older_than_its_window) {
    retry_budget budget{fifth};
    for (int i = 0; i < 1000; ++i) budget.on_request(at(0));
    EXPECT_TRUE(budget.take(at(9)));
    EXPECT_EQ(taken(budget, 10), 2) << "the floor, less the one of a second ago";
    EXPECT_EQ(taken(budget, 5000), 3);
}

TEST(retry_budget, may_be_everything_or_next_to_nothing) {
    retry_budget all{10'000};
    retry_budget least{1};
    for (int i = 0; i < 100; ++i) {
        all.on_request(at(0));
        least.on_request(at(0));
    }
    EXPECT_EQ(taken(all, 0), 100);
    EXPECT_EQ(taken(least, 0), 3);
}

TEST(retry_pause, doubles_and_is_jittered) {
    EXPECT_EQ(retry_pause(1, 0), milliseconds{0});
    EXPECT_EQ(retry_pause(1, 0.999), milliseconds{24});
    EXPECT_EQ(retry_pause(2, 0.5), milliseconds{25});
    EXPECT_EQ(retry_pause(3, 0.5), milliseconds{50});
    EXPECT_EQ(retry_pause(5, 0.5), milliseconds{125});
    EXPECT_EQ(retry_pause(1'000'000, 0.5), milliseconds{125});
}

}  // namespace
}  // namespace herdgate
