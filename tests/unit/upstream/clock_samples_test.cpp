// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/clock_samples.hpp"

#include <gtest/gtest.h>

namespace herdgate {
namespace {

constexpr steady_time at(int ms) {
    return steady_time{milliseconds{ms}};
}

TEST(clock_samples, take_the_middle_of_the_round_trip) {
    clock_samples clock;
    EXPECT_EQ(clock.add(at(100), at(110), seconds{50}), seconds{50} - milliseconds{105});
}

TEST(clock_samples, believe_the_quickest_of_the_last_eight) {
    clock_samples clock;
    EXPECT_EQ(clock.add(at(100), at(100), milliseconds{1100}), seconds{1});
    EXPECT_EQ(clock.add(at(200), at(240), milliseconds{1235}), seconds{1});
    for (int i = 1; i < 8; ++i)
        EXPECT_EQ(clock.add(at(200 + i), at(202 + i), milliseconds{1202 + i}),
                  i < 7 ? nanoseconds{seconds{1}} : seconds{1} + milliseconds{1});
}

TEST(clock_samples, follow_a_clock_that_jumps) {
    clock_samples clock;
    clock.add(at(100), at(100), milliseconds{1100});
    EXPECT_EQ(clock.add(at(200), at(210), milliseconds{3600'205}), milliseconds{3600'000});
    EXPECT_EQ(clock.add(at(300), at(300), milliseconds{300}), milliseconds{0});
}

}  // namespace
}  // namespace herdgate
