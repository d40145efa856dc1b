// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/key_positions.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "fuzz/command_targets.hpp"

namespace herdgate {
namespace {

using positions = std::vector<std::size_t>;

/// The keys of a line of words; '' is an empty word.
positions keys(const std::string& line) {
    std::istringstream in{line};
    std::vector<std::string> read;
    for (std::string word; in >> word;) read.push_back(word == "''" ? "" : word);
    const std::vector<std::string_view> args{read.begin(), read.end()};
    positions found{99};
    key_positions(*find_command(args.at(0)), args, found);
    return found;
}

positions none() {
    return {};
}

TEST(key_positions, first_last_and_step) {
    EXPECT_EQ(keys("GET k"), (positions{1}));
    EXPECT_EQ(keys("mset a 1 b 2"), (positions{1, 3}));
    EXPECT_EQ(keys("BLPOP a b c 0"), (positions{1, 2, 3}));
    EXPECT_EQ(keys("BITOP AND d a b"), (positions{2, 3, 4}));
    EXPECT_EQ(keys("LCS a b IDX"), (positions{1, 2}));
    EXPECT_EQ(keys("PING"), none());
}

TEST(key_positions, a_wrong_number_of_words_has_no_keys) {
    EXPECT_EQ(keys("GET"), none());
    EXPECT_EQ(keys("GET a b"), none());
    EXPECT_EQ(keys("MSET a"), none());
    EXPECT_EQ(keys("OBJECT ENCODING"), none());
    EXPECT_EQ(keys("SORT"), none());
    EXPECT_EQ(keys("MIGRATE h 1 k 0"), none());
}

TEST(key_positions, a_container_is_the_subcommand_that_its_second_word_names) {
    EXPECT_EQ(keys("OBJECT encoding k"), (positions{2}));
    EXPECT_EQ(keys("XGROUP CREATE k g $"), (positions{2}));
    EXPECT_EQ(keys("MEMORY USAGE k SAMPLES 5"), (positions{2}));
    EXPECT_EQ(keys("XINFO STREAM k FULL"), (positions{2}));
    EXPECT_EQ(keys("OBJECT HELP"), none());
    EXPECT_EQ(keys("OBJECT NOSUCH k"), none());
    EXPECT_EQ(keys("OBJECT"), none());
    EXPECT_EQ(keys("CLIENT ID"), none());
    positions found;
    const std::vector<std::string_view> args{"XGROUP", "DESTROY", "k", "g"};
    key_positions(*find_subcommand(*find_command("xgroup"), "destroy"), args, found);
    EXPECT_EQ(found, (positions{2})) << "by the subcommand's own row";
}

TEST(key_positions, channels_are_no_keys) {
    EXPECT_EQ(keys("SPUBLISH c m"), none());
    EXPECT_EQ(keys("SSUBSCRIBE c d"), none());
    EXPECT_EQ(keys("PUBLISH c m"), none());
}

TEST(key_positions, a_number_of_keys) {
    EXPECT_EQ(keys("EVAL s 2 a b c"), (positions{3, 4}));
    EXPECT_EQ(keys("FCALL_RO f 1 a"), (positions{3}));
    EXPECT_EQ(keys("ZINTER 2 a b WITHSCORES"), (positions{2, 3}));
    EXPECT_EQ(keys("SINTERCARD 1 a LIMIT 1"), (positions{2}));
    EXPECT_EQ(keys("LMPOP 2 a b LEFT"), (positions{2, 3}));
    EXPECT_EQ(keys("BZMPOP 0 2 a b MIN"), (positions{3, 4}));
    EXPECT_EQ(keys("ZUNIONSTORE d 2 a b WEIGHTS 1 2"), (positions{1, 3, 4}));
    EXPECT_EQ(keys("ZUNIONSTORE d 5 a b WEIGHTS 1 2"), (positions{1, 3, 4, 5, 6, 7}));
}

TEST(key_positions, a_number_of_keys_that_does_not_fit) {
    EXPECT_EQ(keys("EVAL s 0"), none());
    EXPECT_EQ(keys("EVAL s 0 a"), none());
    EXPECT_EQ(keys("EVAL s 1"), none());
    EXPECT_EQ(keys("EVAL s 3 a b"), none());
    for (const char* number : {"-1", "x", "1x", "01", "+1", "1.0", "9223372036854775807",
                               "9223372036854775808", "4294967297", "-9223372036854775808", "''"})
        EXPECT_EQ(keys("ZUNIONSTORE d " + std::string{number} + " a b c"), none()) << number;
}

TEST(key_positions, xread) {
    EXPECT_EQ(keys("XREAD STREAMS a 0"), (positions{2}));
    EXPECT_EQ(keys("XREAD COUNT 1 BLOCK 0 streams a b 0 $"), (positions{6, 7}));
    EXPECT_EQ(keys("XREAD STREAMS STREAMS STREAMS 0 0"), (positions{2, 3}));
    EXPECT_EQ(keys("XREAD STREAMS a b 0"), (positions{2})) << "refused by Redis; as GETKEYS";
    EXPECT_EQ(keys("XREAD COUNT 1 STREAMS"), none());
    EXPECT_EQ(keys("XREAD COUNT 1 STREAMS a"), none());
    EXPECT_EQ(keys("XREAD COUNT 1 a 0"), none());
}

TEST(key_positions, xreadgroup) {
    EXPECT_EQ(keys("XREADGROUP GROUP g c STREAMS a b > >"), (positions{5, 6}));
    EXPECT_EQ(keys("XREADGROUP GROUP g c COUNT 1 NOACK STREAMS a >"), (positions{8}));
    EXPECT_EQ(keys("XREADGROUP COUNT 1 GROUP streams c STREAMS a >"), (positions{7}));
    EXPECT_EQ(keys("XREADGROUP NOACK GROUP g streams STREAMS a >"), (positions{6}));
    EXPECT_EQ(keys("XREADGROUP GROUP STREAMS STREAMS STREAMS a >"), (positions{5}));
    EXPECT_EQ(keys("XREADGROUP GROUP g c COUNT 1 STREAMS"), none());
    EXPECT_EQ(keys("XREADGROUP GROUP g c COUNT 1 2 3"), none());
}

TEST(key_positions, sort) {
    EXPECT_EQ(keys("SORT k"), (positions{1}));
    EXPECT_EQ(keys("SORT k BY w_* GET # LIMIT 0 5 DESC STORE d"), (positions{1, 11}));
    EXPECT_EQ(keys("SORT k STORE a STORE b"), (positions{1, 5}));
    EXPECT_EQ(keys("SORT k GET STORE a"), (positions{1})) << "a pattern";
    EXPECT_EQ(keys("SORT k BY store LIMIT store store ALPHA"), (positions{1}));
    EXPECT_EQ(keys("SORT k STORE GET STORE d"), (positions{1, 5})) << "a key called GET";
    EXPECT_EQ(keys("SORT k STORE STORE ASC"), (positions{1, 3}));
    EXPECT_EQ(keys("SORT k STORE"), (positions{1}));
    EXPECT_EQ(keys("SORT k LIMIT"), (positions{1}));
    EXPECT_EQ(keys("SORT_RO k STORE d"), (positions{1}));
}

TEST(key_positions, georadius) {
    EXPECT_EQ(keys("GEORADIUS k 1 2 3 km"), (positions{1}));
    EXPECT_EQ(keys("GEORADIUS k 1 2 3 km COUNT 5 STORE d"), (positions{1, 9}));
    EXPECT_EQ(keys("GEORADIUSBYMEMBER k m 3 km STOREDIST d"), (positions{1, 6}));
    EXPECT_EQ(keys("GEORADIUSBYMEMBER k STORE 3 km"), (positions{1})) << "a member";
    EXPECT_EQ(keys("GEORADIUS k 1 2 3 km STORE a STOREDIST b ASC"), (positions{1, 9}));
    EXPECT_EQ(keys("GEORADIUS k 1 2 3 km STORE STORE"), (positions{1, 7}));
    EXPECT_EQ(keys("GEORADIUS k 1 2 3 km STORE"), (positions{1}));
    EXPECT_EQ(keys("GEORADIUS_RO k 1 2 3 km STORE d"), (positions{1}));
}

TEST(key_positions, migrate) {
    EXPECT_EQ(keys("MIGRATE h 1 k 0 5"), (positions{3}));
    EXPECT_EQ(keys("MIGRATE h 1 k 0 5 COPY REPLACE AUTH keys"), (positions{3}));
    EXPECT_EQ(keys("MIGRATE h 1 '' 0 5 KEYS a b"), (positions{7, 8}));
    EXPECT_EQ(keys("MIGRATE h 1 '' 0 5 AUTH2 keys keys KEYS KEYS a"), (positions{10, 11}));
    EXPECT_EQ(keys("MIGRATE h 1 k 0 5 KEYS a"), none()) << "refused by Redis";
    EXPECT_EQ(keys("MIGRATE h 1 '' 0 5 COPY KEYS"), none());
    EXPECT_EQ(keys("MIGRATE keys keys k keys keys"), (positions{3}));
}

TEST(key_positions, an_option_ends_at_a_nul_as_it_does_in_redis) {
    const std::string_view store{"STORE\0x", 7};
    positions found;
    key_positions(*find_command("sort"), std::vector<std::string_view>{"SORT", "k", store, "d"},
                  found);
    EXPECT_EQ(found, (positions{1, 3}));
}

TEST(key_positions, the_corpus_breaks_no_promise) {
    std::size_t files = 0;
    for (const auto& file : std::filesystem::directory_iterator{
             HERDGATE_SOURCE_DIR "/tests/fuzz/corpus/key_positions"}) {
        std::ifstream in{file.path(), std::ios::binary};
        std::ostringstream bytes;
        bytes << in.rdbuf();
        SCOPED_TRACE(file.path());
        fuzz::key_positions_of(bytes.str());
        ++files;
    }
    EXPECT_GE(files, 10U);
}

}  // namespace
}  // namespace herdgate
