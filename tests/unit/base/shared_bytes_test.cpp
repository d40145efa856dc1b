// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/base/shared_bytes.hpp"

#include <gtest/gtest.h>

namespace herdgate {
namespace {

TEST(shared_bytes, no_value_differs_from_an_empty_value) {
    EXPECT_FALSE(shared_bytes{});
    EXPECT_TRUE(shared_bytes{""});
    EXPECT_EQ(shared_bytes{""}.size(), 0U);
    EXPECT_EQ(shared_bytes{}.view(), "");
}

TEST(shared_bytes, copies_share_the_bytes_and_outlive_the_original) {
    shared_bytes copy;
    const char* where = nullptr;
    {
        const shared_bytes original{"he", "llo"};
        where = original.view().data();
        copy = original;
    }
    EXPECT_EQ(copy.view(), "hello");
    EXPECT_EQ(copy.view().data(), where);
}

TEST(shared_bytes, moving_leaves_no_value_behind) {
    shared_bytes from{"x"};
    const shared_bytes to{std::move(from)};
    EXPECT_FALSE(from);  // NOLINT: what it holds after the move is promised
    EXPECT_EQ(to.view(), "x");
}

TEST(shared_bytes, any_byte_is_kept) {
    const std::string_view odd{"a\0b\r\n\xff", 6};
    EXPECT_EQ(shared_bytes{odd}.view(), odd);
}

}  // namespace
}  // namespace herdgate
