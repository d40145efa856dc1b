// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/batch_answer.hpp"

#include <gtest/gtest.h>

#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

std::string told(const load_result& r) {
    if (r.outcome == load_outcome::ok) return std::string{r.value.view()};
    return r.outcome == load_outcome::absent ? "(absent)" : "(" + r.reason + ")";
}

/// The results of an answer for the ids a, b and 7, with '|' between them.
std::string split(std::string_view answer, std::string key = {}) {
    load_batch batch;
    batch.key = std::move(key);
    const std::vector<std::string> ids{"a", "b", "7"};
    const auto results = split_answer(batch, ids, {load_outcome::ok, shared_bytes{answer}, {}});
    std::string text;
    for (const load_result& r : results) text += (text.empty() ? "" : "|") + told(r);
    return text;
}

TEST(batch_answer, an_object_is_taken_apart_by_its_names) {
    EXPECT_EQ(split(R"({"7":1,"a":"x\n","b":{ "c" : [] },"d":0})"), "x\n|{\"c\":[]}|1");
    EXPECT_EQ(split(R"({"a":null,"b":""})"), "(absent)||(absent)");
    EXPECT_EQ(split("{}"), "(absent)|(absent)|(absent)");
    EXPECT_EQ(split(R"({"a":1,"\u0061":2})"), "2|(absent)|(absent)") << "the last one counts";
}

TEST(batch_answer, an_array_is_taken_apart_by_its_elements_keys) {
    EXPECT_EQ(split(R"([{"id":7},null,{"id":"a"}])", "/id"), R"({"id":"a"}|(absent)|{"id":7})");
    EXPECT_EQ(split(R"(["a",7])", ""),
              "(the answer to a batch is an array: it needs 'key')|"
              "(the answer to a batch is an array: it needs 'key')|"
              "(the answer to a batch is an array: it needs 'key')");
    EXPECT_EQ(split(R"([["b",1]])", "/0"), R"((absent)|["b",1]|(absent))");
}

TEST(batch_answer, an_element_without_a_key_makes_nobody_absent) {
    const std::string lost = "(not found in the answer; some of that has no key)";
    for (const char* nameless : {"{}", R"({"id":null})", R"({"id":[]})", R"({"id":true})", "3"})
        EXPECT_EQ(split(R"([{"id":"a"},)" + std::string{nameless} + "]", "/id"),
                  R"({"id":"a"}|)" + lost + "|" + lost);
}

TEST(batch_answer, what_is_no_batch_fails_all_alike) {
    for (const auto& [answer, reason] : std::vector<std::pair<std::string, std::string>>{
             {"<html>", "(the answer to a batch is not JSON)"},
             {"", "(the answer to a batch is not JSON)"},
             {"{\"a\":1", "(the answer to a batch is not JSON)"},
             {"3", "(the answer to a batch is no object and no array)"},
             {"\"a\"", "(the answer to a batch is no object and no array)"}})
        EXPECT_EQ(split(answer, "/id"), reason + "|" + reason + "|" + reason) << answer;
}

TEST(batch_answer, the_end_of_the_call_is_that_of_its_parts) {
    const std::vector<std::string> ids{"a", "a", "b"};
    load_result failed{load_outcome::timeout, {}, "too slow"};
    failed.retries = 2;
    failed.retry_after = milliseconds{5};
    const auto results = split_answer({}, ids, failed);
    ASSERT_EQ(results.size(), 3U);
    for (const load_result& r : results) {
        EXPECT_EQ(r.outcome, load_outcome::timeout);
        EXPECT_EQ(r.reason, "too slow");
        EXPECT_EQ(r.retry_after, milliseconds{5});
    }
    EXPECT_EQ(results[0].retries + results[1].retries + results[2].retries, 2U);
    for (const load_result& r : split_answer({}, ids, {load_outcome::absent, {}, {}}))
        EXPECT_EQ(r.outcome, load_outcome::absent);
    for (const load_result& r : split_answer({}, ids, {load_outcome::unchanged, {}, {}}))
        EXPECT_EQ(r.outcome, load_outcome::error);
}

TEST(batch_answer, terms_of_the_whole_are_terms_of_each_but_for_validators) {
    load_result whole{load_outcome::ok, shared_bytes{R"({"a":1})"}, {}};
    whole.terms.ttl = milliseconds{7};
    whole.terms.storable = false;
    whole.terms.known.etag = "x";
    const std::vector<std::string> ids{"a", "b", "a"};
    const auto results = split_answer({}, ids, whole);
    for (const load_result& r : results) {
        EXPECT_EQ(r.terms.ttl, milliseconds{7});
        EXPECT_FALSE(r.terms.storable);
        EXPECT_EQ(r.terms.known.etag, "");
    }
    EXPECT_EQ(results[2].value.view(), "1") << "one id may be asked for twice";
}

}  // namespace
}  // namespace herdgate
