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
    EXPECT_EQ(value("/data/0"), R"({"name":"a\u00e9\"","price":9.90,"tags":[1,true],"none":null})");
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

}  // namespace
}  // namespace herdgate
