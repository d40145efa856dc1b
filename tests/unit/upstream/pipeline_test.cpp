// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/pipeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "herdgate/core/base/random.hpp"

namespace herdgate {
namespace {

TEST(pipeline, gives_back_in_order) {
    pipeline line;
    EXPECT_EQ(line.earliest(), std::nullopt);
    for (std::uint64_t id = 1; id <= 3; ++id) line.push({nullptr, id, steady_time{}});
    EXPECT_EQ(line.pop().id, 1U);
    EXPECT_EQ(line.size(), 2U);
    const auto rest = line.take_all();
    EXPECT_EQ(rest.front().id, 2U);
    EXPECT_EQ(rest.back().id, 3U);
    EXPECT_TRUE(line.empty());
    EXPECT_EQ(line.earliest(), std::nullopt);
}

TEST(pipeline, knows_the_least_of_any_deadlines) {
    random_source random{7};
    pipeline line;
    std::deque<steady_time> expected;
    for (int i = 0; i < 5'000; ++i) {
        if (expected.empty() || random.unit() < 0.52) {
            const steady_time deadline{nanoseconds{random.next() % 16}};
            line.push({nullptr, 0, deadline});
            expected.push_back(deadline);
        } else {
            EXPECT_EQ(line.pop().deadline, expected.front());
            expected.pop_front();
        }
        ASSERT_EQ(line.earliest().has_value(), !expected.empty());
        if (expected.empty()) continue;
        ASSERT_EQ(*line.earliest(), *std::min_element(expected.begin(), expected.end()));
    }
}

}  // namespace
}  // namespace herdgate
