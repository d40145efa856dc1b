// SPDX-License-Identifier: Apache-2.0
//
// Every file of the corpora runs through its fuzz target's body: what a fuzzer once found stays
// found.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/bodies.hpp"

namespace herdgate::fuzz {
namespace {

using body = int (*)(const std::uint8_t*, std::size_t);

void replay(const std::string& target, body run) {
    std::size_t files = 0;
    for (const auto& file :
         std::filesystem::directory_iterator{std::string{HERDGATE_CORPUS} + "/" + target}) {
        SCOPED_TRACE(file.path().string());
        std::ifstream in{file.path(), std::ios::binary};
        const std::string input{std::istreambuf_iterator<char>{in}, {}};
        EXPECT_EQ(run(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()), 0);
        ++files;
    }
    EXPECT_GE(files, 40U);
}

TEST(fuzz_replay, request_parser_keeps_its_promises_on_the_corpus) {
    replay("request_parser", request_parser);
}
TEST(fuzz_replay, reply_parser_keeps_its_promises_on_the_corpus) {
    replay("reply_parser", reply_parser);
}

}  // namespace
}  // namespace herdgate::fuzz
