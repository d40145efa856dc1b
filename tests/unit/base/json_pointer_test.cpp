// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/base/json_pointer.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace herdgate {
namespace {

TEST(json_pointer, tells_json_from_what_is_not) {
    for (const char* good : {"1", " [ ] ", "{}", "\"a\"", "null", "[1,{\"a\":[]}]", "-1.50e+3"})
        EXPECT_TRUE(json::is_json(good)) << good;
    for (const char* bad : {"", "[1,]", "{a:1}", "[1]x", "nul", "\"\xff\"", "\xef\xbb\xbf[]",
                            "[\"\\ud800\"]", "01", "{\"a\":1", "'a'"})
        EXPECT_FALSE(json::is_json(bad)) << bad;
}

TEST(json_pointer, depth_costs_no_stack) {
    const std::string deep = std::string(50'000, '[') + std::string(50'000, ']');
    ASSERT_TRUE(json::is_json(deep));
    EXPECT_EQ(json::find(deep, "/0")->size(), deep.size() - 2);
    EXPECT_EQ(json::bytes_of(deep), deep);
}

// The examples of RFC 6901, section 5.
TEST(json_pointer, points_as_the_standard_says) {
    const std::string_view document =
        R"({ "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4,
             "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8 })";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"/foo", R"(["bar", "baz"])"},
        {"/foo/0", R"("bar")"},
        {"/", "0"},
        {"/a~1b", "1"},
        {"/c%d", "2"},
        {"/e^f", "3"},
        {"/g|h", "4"},
        {"/i\\j", "5"},
        {"/k\"l", "6"},
        {"/ ", "7"},
        {"/m~0n", "8"},
    };
    for (const auto& [pointer, expected] : cases)
        EXPECT_EQ(json::find(document, pointer), expected) << pointer;
    EXPECT_EQ(json::find(document, ""), document);
    for (const char* nowhere : {"/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/x", "/foo/0/0",
                                "/foo/9999999999999999999999"})
        EXPECT_FALSE(json::find(document, nowhere)) << nowhere;
}

TEST(json_pointer, says_what_is_wrong_with_a_pointer) {
    for (const char* good : {"", "/", "/a/0", "/~0~1"}) EXPECT_FALSE(json::pointer_problem(good));
    EXPECT_EQ(json::pointer_problem("a")->message, "a JSON pointer starts with '/'");
    EXPECT_EQ(json::pointer_problem("/a~")->offset, 2U);
    EXPECT_EQ(json::pointer_problem("/~2")->offset, 1U);
}

TEST(json_pointer, gives_strings_as_bytes_and_the_rest_as_compact_text) {
    EXPECT_EQ(json::bytes_of(R"("a\u00e9\n\u0000\ud83d\ude00")"),
              std::string("a\xc3\xa9\n\0\xf0\x9f\x98\x80", 9));
    EXPECT_EQ(json::bytes_of(" { \"a b\" : [ 1 , \"\\\" ]\" ] }\n"), R"({"a b":[1,"\" ]"]})");
    EXPECT_EQ(json::bytes_of("9.90"), "9.90") << "numbers keep their digits";
    EXPECT_EQ(json::bytes_of("123456789012345678901234567890"), "123456789012345678901234567890");
    EXPECT_EQ(json::bytes_of("true"), "true");
}

TEST(json_pointer, goes_through_members_and_elements) {
    const auto all = [](std::string_view text) {
        std::string seen;
        json::elements each{text};
        while (each.next()) seen += each.name() + "=" + std::string{each.value()} + ";";
        return seen;
    };
    EXPECT_EQ(all(R"( { "a" : 1 , "b\u0041":{"x":[1,"}"]} ,"":null} )"),
              R"(a=1;bA={"x":[1,"}"]};=null;)");
    EXPECT_EQ(all("[]") + all("{ }") + all("1") + all("\"[1]\""), "");
    json::elements array{"[ 1, [2,3] ,\"a,b\"]"};
    std::string seen;
    while (array.next()) seen += std::string{array.value()} + ";";
    EXPECT_EQ(seen, "1;[2,3];\"a,b\";");
}

}  // namespace
}  // namespace herdgate
