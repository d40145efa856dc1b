// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fleet/invalidation_message.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fleet_targets.hpp"

namespace herdgate {
namespace {

using words = std::vector<std::string>;
using mode = route_policy::invalidation;

TEST(invalidation_message, names_one_key_or_several_or_a_route) {
    EXPECT_EQ(parse_invalidation(R"({"key":"product:1"})")->keys, words{"product:1"});
    EXPECT_EQ(parse_invalidation(R"({"keys":["a","\u00e9","b"]})")->keys, (words{"a", "é", "b"}));
    const auto route = parse_invalidation(R"( {"route":"products"} )");
    EXPECT_EQ(route->route, "products");
    EXPECT_TRUE(route->keys.empty());
    EXPECT_EQ(route->mode, std::nullopt);
    EXPECT_EQ(route->database, std::nullopt);
}

TEST(invalidation_message, may_say_the_database_and_what_to_do) {
    const auto m = parse_invalidation(R"({"mode":"stale","db":3,"key":"k"})");
    EXPECT_EQ(m->database, 3);
    EXPECT_EQ(m->mode, mode::stale);
    EXPECT_EQ(parse_invalidation(R"({"key":"k","mode":"delete"})")->mode, mode::erase);
    EXPECT_EQ(parse_invalidation(R"({"key":"k","mode":"refresh"})")->mode, mode::refresh);
}

TEST(invalidation_message, anything_else_is_refused_as_a_whole) {
    for (const char* text : {"",
                             "{",
                             "[]",
                             "{}",
                             "null",
                             "\"key\"",
                             R"({"key":1})",
                             R"({"key":""})",
                             R"({"key":null})",
                             R"({"keys":{}})",
                             R"({"keys":[]})",
                             R"({"keys":["a",[]]})",
                             R"({"keys":"a"})",
                             R"({"key":["a"]})",
                             R"({"key":{"key":"a"}})",
                             R"({"key":"a","keys":["b"]})",
                             R"({"key":"a","route":"r"})",
                             R"({"key":"a","key":"b"})",
                             R"({"key":"a","more":1})",
                             R"({"key":"a","mode":"explode"})",
                             R"({"key":"a","mode":1})",
                             R"({"mode":"stale"})",
                             R"({"key":"a","db":-1})",
                             R"({"key":"a","db":1.5})",
                             R"({"key":"a","db":"1"})",
                             R"({"key":"a","db":99999})",
                             R"({"key":"a"} x)",
                             R"({"route":""})",
                             "{\"key\":\"\xff\"}"}) {
        const auto m = parse_invalidation(text);
        ASSERT_FALSE(m) << text;
        EXPECT_EQ(m.error(), invalidation_refusal::malformed) << text;
    }
}

TEST(invalidation_message, names_a_tag_and_nothing_else_then) {
    EXPECT_EQ(parse_invalidation(R"({"tag":"t","mode":"stale"})")->tag, "t");
    for (const char* text : {R"({"tag":""})", R"({"tag":"t","key":"k"})", R"({"tag":["t"]})",
                             R"({"route":"r","tag":"t"})"})
        EXPECT_EQ(parse_invalidation(text).error(), invalidation_refusal::malformed) << text;
}

TEST(invalidation_message, is_bounded_in_bytes_keys_and_bytes_of_a_key) {
    const auto with_key = [](std::size_t n) {
        return parse_invalidation(R"({"key":")" + std::string(n, 'x') + R"("})");
    };
    EXPECT_TRUE(with_key(invalidation_key_bytes_max));
    EXPECT_EQ(with_key(invalidation_key_bytes_max + 1).error(), invalidation_refusal::too_large);
    const auto with_keys = [](std::size_t n) {
        std::string text = R"({"keys":["k")";
        for (std::size_t i = 1; i < n; ++i) text += R"(,"k")";
        return parse_invalidation(text + "]}");
    };
    EXPECT_EQ(with_keys(invalidation_keys_max)->keys.size(), invalidation_keys_max);
    EXPECT_EQ(with_keys(invalidation_keys_max + 1).error(), invalidation_refusal::too_large);
    const std::string message = R"({"key":"k"})";
    const std::string blanks(invalidation_bytes_max - message.size(), ' ');
    EXPECT_TRUE(parse_invalidation(message + blanks));
    EXPECT_EQ(parse_invalidation(message + blanks + " ").error(), invalidation_refusal::too_large);
    EXPECT_FALSE(parse_invalidation(std::string(500'000, '[')));  // without recursion
}

TEST(invalidation_message, the_corpus_breaks_no_promise) {
    std::size_t files = 0;
    const std::filesystem::path folder =
        std::string{HERDGATE_SOURCE_DIR} + "/tests/fuzz/corpus/invalidation_message";
    for (const auto& file : std::filesystem::directory_iterator{folder}) {
        std::ifstream in{file.path(), std::ios::binary};
        const std::string text{std::istreambuf_iterator<char>{in}, {}};
        fuzz::invalidation(text);
        ++files;
    }
    EXPECT_GT(files, 5U);
}

}  // namespace
}  // namespace herdgate
