// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/store_replies_body.hpp"

namespace herdgate::fuzz {
namespace {

TEST(store_replies_replay, every_call_is_answered_once_on_the_corpus) {
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator{HERDGATE_CORPUS}) {
        SCOPED_TRACE(file.path().string());
        std::ifstream in{file.path(), std::ios::binary};
        const std::string input{std::istreambuf_iterator<char>{in}, {}};
        EXPECT_EQ(store_replies(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()),
                  0);
        ++files;
    }
    EXPECT_GE(files, 8U);
}

}  // namespace
}  // namespace herdgate::fuzz
