// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/trace_context.hpp"

#include <gtest/gtest.h>

namespace herdgate {
namespace {

TEST(trace_context, writes_what_the_standard_says) {
    random_source random{1};
    const std::string line = traceparent({0x0af7651916cd43ddU, 0x8448eb211c80319cU}, random);
    EXPECT_EQ(line.substr(0, 49), "traceparent: 00-0af7651916cd43dd8448eb211c80319c-");
    EXPECT_EQ(line.size(), std::string{"traceparent: "}.size() + 55);
    EXPECT_EQ(line.substr(line.size() - 3), "-01");
    EXPECT_EQ(line.substr(13).find_first_not_of("0123456789abcdef-"), std::string::npos);
}

TEST(trace_context, requests_of_one_load_share_the_trace_only) {
    random_source random{1};
    const trace_id trace = new_trace(random);
    EXPECT_NE(trace.low, 0U);
    const std::string one = traceparent(trace, random);
    const std::string two = traceparent(trace, random);
    EXPECT_EQ(one.substr(0, 49), two.substr(0, 49));
    EXPECT_NE(one, two);
    EXPECT_NE(new_trace(random).low, trace.low);
}

}  // namespace
}  // namespace herdgate
