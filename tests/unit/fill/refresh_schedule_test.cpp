// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/refresh_schedule.hpp"

#include <gtest/gtest.h>

namespace herdgate {
namespace {

constexpr steady_time start{seconds{100}};

TEST(refresh_schedule, gives_keys_when_their_time_has_come) {
    refresh_schedule due;
    EXPECT_FALSE(due.next());
    EXPECT_TRUE(due.set({0, "late"}, start + seconds{9}));
    EXPECT_TRUE(due.set({300, "soon"}, start + seconds{3}));
    EXPECT_EQ(due.next(), start + seconds{3});
    EXPECT_FALSE(due.take(start));
    const auto taken = due.take(start + seconds{3});
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->key, "soon");
    EXPECT_EQ(taken->database, 300);
    EXPECT_FALSE(due.take(start + seconds{8}));
    EXPECT_EQ(due.size(), 1U);
}

TEST(refresh_schedule, a_key_that_is_set_again_moves) {
    refresh_schedule due;
    due.set({0, "k"}, start + seconds{3});
    due.set({0, "k"}, start + seconds{6});
    EXPECT_EQ(due.size(), 1U);
    EXPECT_FALSE(due.take(start + seconds{5}));
    EXPECT_TRUE(due.take(start + seconds{6}));
    EXPECT_FALSE(due.take(start + seconds{60}));
}

TEST(refresh_schedule, is_bounded) {
    refresh_schedule due;
    for (std::size_t i = 0; i < refresh_schedule::keys_max; ++i)
        ASSERT_TRUE(due.set({0, std::to_string(i)}, start));
    EXPECT_FALSE(due.set({0, "one more"}, start));
    EXPECT_TRUE(due.set({0, "7"}, start + seconds{5})) << "it is in there already";
    EXPECT_TRUE(due.take(start));
    EXPECT_TRUE(due.set({0, "one more"}, start));
}

}  // namespace
}  // namespace herdgate
