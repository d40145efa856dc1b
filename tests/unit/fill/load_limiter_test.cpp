// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/load_limiter.hpp"

#include <gtest/gtest.h>

namespace herdgate {
namespace {

using admission = load_limiter::admission;

TEST(load_limiter, starts_up_to_the_limit_then_queues_then_refuses) {
    load_limiter limiter{2, 1};
    EXPECT_EQ(limiter.admit({0, 1}), admission::start);
    EXPECT_EQ(limiter.admit({0, 2}), admission::start);
    EXPECT_EQ(limiter.admit({0, 3}), admission::queued);
    EXPECT_EQ(limiter.admit({0, 4}), admission::full);
    EXPECT_EQ(limiter.running(), 2U);
    EXPECT_EQ(limiter.queued(), 1U);
}

TEST(load_limiter, the_permit_of_a_finished_load_passes_to_the_oldest_in_the_queue) {
    load_limiter limiter{1, 8};
    limiter.admit({0, 1});
    limiter.admit({1, 7});
    limiter.admit({0, 2});
    EXPECT_EQ(limiter.finished(), (load_limiter::ticket{1, 7}));
    EXPECT_EQ(limiter.running(), 1U);
    EXPECT_EQ(limiter.finished(), (load_limiter::ticket{0, 2}));
    EXPECT_EQ(limiter.finished(), std::nullopt);
    EXPECT_EQ(limiter.running(), 0U);
}

TEST(load_limiter, a_withdrawn_ticket_gets_no_turn) {
    load_limiter limiter{1, 8};
    limiter.admit({0, 1});
    limiter.admit({0, 2});
    EXPECT_TRUE(limiter.withdraw({0, 2}));
    EXPECT_FALSE(limiter.withdraw({0, 2}));
    EXPECT_EQ(limiter.finished(), std::nullopt);
}

TEST(load_limiter, a_ticket_whose_turn_has_come_cannot_be_withdrawn) {
    load_limiter limiter{1, 8};
    limiter.admit({0, 1});
    limiter.admit({0, 2});
    EXPECT_TRUE(limiter.finished().has_value());
    EXPECT_FALSE(limiter.withdraw({0, 2}));
    EXPECT_EQ(limiter.running(), 1U);
}

}  // namespace
}  // namespace herdgate
