// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/extract_value.hpp"

#include <gtest/gtest.h>

namespace herdgate {
namespace {

constexpr std::string_view answer =
    R"({ "data": [ { "name": "a\u00e9\"", "price": 9.90, "tags": [ 1 , true ], "none": null } ] })";

std::string value(std::string_view pointer) {
    const extraction found = extract_value(answer, pointer);
    EXPECT_EQ(found.outcome, load_outcome::ok) << found.reason;
    return found.value;
}

TEST(extract_value, takes_the_characters_of_a_string_and_the_text_of_the_rest) {
    EXPECT_EQ(value("/data/0/name"), "a\xc3\xa9\"");
    EXPECT_EQ(value("/data/0/price"), "9.90");
    EXPECT_EQ(value("/data/0/tags"), "[1,true]");
    EXPECT_EQ(value("/data/0"),
              "{\"name\":\"a\xc3\xa9\\\"\",\"price\":9.90,\"tags\":[1,true],\"none\":null}");
    EXPECT_EQ(extract_value("\"\"", "").outcome, load_outcome::ok) << "a value of zero bytes";
}

TEST(extract_value, null_means_absent) {
    EXPECT_EQ(extract_value(answer, "/data/0/none").outcome, load_outcome::absent);
    EXPECT_EQ(extract_value("null", "").outcome, load_outcome::absent);
}

TEST(extract_value, a_missing_part_is_an_error_that_holds_nothing_of_the_answer) {
    for (const char* pointer :
         {"/data/1", "/data/0/nom", "/data/-", "/data/0/price/x", "/secret"}) {
        const extraction found = extract_value(answer, pointer);
        EXPECT_EQ(found.outcome, load_outcome::error) << pointer;
        EXPECT_EQ(found.reason, "the answer has nothing where 'extract' points to");
    }
    for (const char* text : {"", "secret", "{\"data\":", "[1] 2", "{\"a\":\"\xff\"}"}) {
        const extraction found = extract_value(text, "/data");
        EXPECT_EQ(found.outcome, load_outcome::error) << text;
        EXPECT_EQ(found.reason, "the answer is not JSON");
    }
}

std::string at(std::string_view text, std::string_view pointer) {
    const extraction found = extract_value(text, pointer);
    return found.outcome == load_outcome::ok ? found.value : "-";
}

// The examples of RFC 6901, section 5.
TEST(extract_value, points_as_the_standard_says) {
    const std::string_view document =
        R"({ "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4,
             "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8 })";
    EXPECT_EQ(at(document, "/foo"), R"(["bar","baz"])");
    EXPECT_EQ(at(document, "/foo/0") + at(document, "/foo/1"), "barbaz");
    int expected = 0;
    for (const char* pointer :
         {"/", "/a~1b", "/c%d", "/e^f", "/g|h", "/i\\j", "/k\"l", "/ ", "/m~0n"})
        EXPECT_EQ(at(document, pointer), std::to_string(expected++)) << pointer;
    for (const char* nowhere : {"/bar", "/foo/2", "/foo/-", "/foo/00", "/foo/+1", "/foo/x",
                                "/foo/0/0", "/foo/9999999999999999999999"})
        EXPECT_EQ(at(document, nowhere), "-") << nowhere;
}

TEST(extract_value, keeps_every_token_as_it_was) {
    const std::string text =
        R"({"a":[],"b":{},"c":[[1],{"d":[-0.10e+3,12345678901234567890123,true,false,null]}],"\"\\\n\u0001":"\t"})";
    EXPECT_EQ(at(text, ""), text);
    EXPECT_EQ(at("[ 0 , [ { \"x\" : 1 } , 2 ] , 3 ]", "/1"), "[{\"x\":1},2]");
    EXPECT_EQ(at("[[1,2],[3,[4,5]],6]", "/1/1/0"), "4");
    EXPECT_EQ(at("[[1,2],[3,[4,5]],6]", "/2"), "6");
    EXPECT_EQ(at(" 7 ", ""), "7");
}

TEST(extract_value, of_members_of_one_name_the_last_counts) {
    EXPECT_EQ(at(R"({"a":1,"a":"two"})", "/a"), "two");
    EXPECT_EQ(at(R"({"a":{"b":1},"a":{}})", "/a/b"), "-");
    EXPECT_EQ(at(R"({"a":{"b":1},"a":7,"c":{"b":2}})", "/a/b"), "-");
}

TEST(extract_value, depth_is_bounded) {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_EQ(at(nested(extract_depth_max), ""), nested(extract_depth_max));
    EXPECT_EQ(extract_value(nested(extract_depth_max + 1), "").reason,
              "the answer's JSON is nested too deeply");
    EXPECT_EQ(extract_value(std::string(1'000'000, '['), "/0").outcome, load_outcome::error);
}

}  // namespace
}  // namespace herdgate
