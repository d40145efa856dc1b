// SPDX-License-Identifier: Apache-2.0
//
// Replays what the fuzzers keep: inputs that once failed, and seeds.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz/config_targets.hpp"

namespace herdgate {
namespace {

template <typename Target>
int replay(const char* name, Target target) {
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

TEST(fuzz_corpus, configuration) {
    EXPECT_GT(replay("config", fuzz::config_text), 0);
}
TEST(fuzz_corpus, rendering) {
    EXPECT_GT(replay("route_render", fuzz::route_render), 0);
}

}  // namespace
}  // namespace herdgate
