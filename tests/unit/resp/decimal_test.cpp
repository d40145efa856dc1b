// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/resp/decimal.hpp"

#include <gtest/gtest.h>

namespace herdgate::resp {
namespace {

TEST(parse_decimal, reads_each_number_in_its_one_spelling) {
    for (const std::int64_t number :
         {std::int64_t{0}, std::int64_t{7}, std::int64_t{-1}, std::int64_t{10},
          std::int64_t{-1234567890}, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::max() - 1, std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::int64_t>::min() + 1})
        EXPECT_EQ(parse_decimal(std::to_string(number)), number);
}

TEST(parse_decimal, refuses_everything_else) {
    for (const char* text : {"", "-", "-0", "00", "01", "-01", "+1", " 1", "1 ", "1a", "a", "0x1",
                             "9223372036854775808", "-9223372036854775809", "18446744073709551616",
                             "99999999999999999999999"})
        EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
}

}  // namespace
}  // namespace herdgate::resp
