// SPDX-License-Identifier: Apache-2.0
//
// Replays what the fuzzers of HTTP answers keep.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz/http_targets.hpp"

namespace herdgate {
namespace {

int replay(const char* name, void (*target)(std::string_view)) {
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator{
             HERDGATE_SOURCE_DIR "/tests/fuzz/corpus/" + std::string{name}}) {
        std::ifstream in{file.path(), std::ios::binary};
        std::ostringstream bytes;
        bytes << in.rdbuf();
        SCOPED_TRACE(file.path());
        target(bytes.str());
        ++count;
    }
    return count;
}

TEST(fuzz_corpus, answer_head) {
    EXPECT_GT(replay("answer_head", fuzz::answer_head), 0);
}
TEST(fuzz_corpus, extract) {
    EXPECT_GT(replay("extract", fuzz::extract), 0);
}

}  // namespace
}  // namespace herdgate
