// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/answer_terms.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace herdgate {
namespace {

constexpr std::int64_t now = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT

answer_headers head(std::initializer_list<std::string> lines) {
    answer_headers made;
    EXPECT_TRUE(made.line("HTTP/1.1 200 OK\r\n"));
    for (const std::string& line : lines) EXPECT_TRUE(made.line(line + "\r\n"));
    EXPECT_TRUE(made.line("\r\n"));
    return made;
}

load_terms honoured(std::initializer_list<std::string> lines) {
    return read_terms(head(lines), {.freshness = true}, now);
}

std::vector<std::string> tags(std::initializer_list<std::string> lines) {
    return read_terms(head(lines), {}, now).tags;
}

TEST(answer_headers, take_the_last_answers_and_no_trailers) {
    answer_headers made;
    for (const char* line : {"HTTP/1.1 103 Early Hints", "ETag: \"early\"", "xkey: a", "",
                             "HTTP/1.1 200 OK", "etag:\"final\"", "ETag: \"second\"", "no colon",
                             "xkey: b", "XKEY: c", "", "Cache-Control: no-store"})
        EXPECT_TRUE(made.line(line));
    EXPECT_EQ(made.get(answer_header::etag), "\"final\"");
    EXPECT_EQ(made.get(answer_header::xkey), "b c");
    EXPECT_FALSE(made.has(answer_header::cache_control)) << "a trailer";
}

TEST(answer_headers, are_bounded) {
    answer_headers made;
    EXPECT_TRUE(made.line("xkey: " + std::string(answer_header_bytes_max + 1, 'a')));
    EXPECT_EQ(made.get(answer_header::xkey).size(), answer_header_bytes_max);
    answer_headers full;
    EXPECT_TRUE(full.line(std::string(answer_head_bytes_max, 'a')));
    EXPECT_FALSE(full.line("b"));
}

TEST(answer_terms, are_empty_unless_they_are_asked_for) {
    const load_terms terms =
        read_terms(head({"Cache-Control: no-store, max-age=5", "ETag: \"a\"", "Vary: *"}), {}, now);
    EXPECT_TRUE(terms.storable);
    EXPECT_FALSE(terms.ttl);
    EXPECT_EQ(terms.known, validators{});
}

TEST(answer_terms, the_shared_caches_age_wins_over_the_others) {
    EXPECT_EQ(honoured({"Cache-Control: max-age=5"}).ttl, milliseconds{5'000});
    EXPECT_EQ(honoured({"Cache-Control: max-age=5, s-maxage=9"}).ttl, milliseconds{9'000});
    EXPECT_EQ(honoured({"Cache-Control: s-maxage=0", "Cache-Control: max-age=5"}).ttl,
              milliseconds{0});
    EXPECT_EQ(honoured({"Expires: Sun, 06 Nov 1994 09:49:37 GMT", "Cache-Control: max-age=1"}).ttl,
              milliseconds{1'000});
    EXPECT_FALSE(honoured({"Cache-Control: public"}).ttl);
    EXPECT_FALSE(honoured({"Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"}).ttl) << "no guesses";
}

TEST(answer_terms, age_is_subtracted_from_life_and_stale_windows) {
    EXPECT_EQ(honoured({"Cache-Control: max-age=60", "Age: 20"}).ttl, milliseconds{40'000});
    EXPECT_EQ(honoured({"Cache-Control: max-age=60", "Age: 20, 50"}).ttl, milliseconds{40'000});
    EXPECT_EQ(honoured({"Cache-Control: max-age=60", "Age: -5"}).ttl, milliseconds{60'000});
    const load_terms old = honoured(
        {"Cache-Control: max-age=60, stale-while-revalidate=30, stale-if-error=5", "Age: 70"});
    EXPECT_EQ(old.ttl, milliseconds{0});
    EXPECT_EQ(old.while_revalidate, milliseconds{20'000});
    EXPECT_EQ(old.if_error, milliseconds{0});
    EXPECT_EQ(honoured({"Cache-Control: max-age=60", "Age: 99999999999999999999"}).ttl,
              milliseconds{0});
}

TEST(answer_terms, expires_is_counted_from_the_answers_date) {
    EXPECT_EQ(honoured({"Expires: Sun, 06 Nov 1994 09:49:37 GMT"}).ttl, milliseconds{3'600'000});
    EXPECT_EQ(
        honoured({"Expires: Sun, 06 Nov 1994 09:49:37 GMT", "Date: Sun, 06 Nov 1994 09:49:27 GMT"})
            .ttl,
        milliseconds{10'000});
    EXPECT_EQ(honoured({"Expires: Sun, 06 Nov 1994 08:00:00 GMT"}).ttl, milliseconds{0});
    EXPECT_EQ(honoured({"Expires: 0"}).ttl, milliseconds{0}) << "not a date: it is over";
}

TEST(answer_terms, lives_are_bounded) {
    const load_terms terms =
        honoured({"Cache-Control: max-age=99999999999999999999, "
                  "stale-while-revalidate=2147483647, stale-if-error=9999999999"});
    EXPECT_EQ(terms.ttl, answer_life_max);
    EXPECT_EQ(terms.while_revalidate, answer_life_max);
    EXPECT_EQ(terms.if_error, answer_life_max);
    EXPECT_EQ(honoured({"Expires: Sun, 06 Nov 9994 09:49:37 GMT"}).ttl, answer_life_max);
}

TEST(answer_terms, what_is_for_one_reader_only_is_not_storable) {
    EXPECT_FALSE(honoured({"Cache-Control: no-store"}).storable);
    EXPECT_FALSE(honoured({"Cache-Control: private, max-age=5"}).storable);
    EXPECT_FALSE(honoured({"Vary: Accept, *"}).storable);
    EXPECT_TRUE(honoured({"Vary: Accept-Encoding"}).storable);
    EXPECT_TRUE(honoured({}).storable);
}

TEST(answer_terms, what_must_be_asked_about_is_never_served_stale) {
    const load_terms no_cache = honoured({"Cache-Control: no-cache, max-age=60"});
    EXPECT_TRUE(no_cache.storable);
    EXPECT_EQ(no_cache.ttl, milliseconds{0});
    EXPECT_EQ(no_cache.while_revalidate, milliseconds{0});
    EXPECT_EQ(no_cache.if_error, milliseconds{0});
    EXPECT_EQ(honoured({"Cache-Control: no-cache, stale-if-error=9"}).if_error,
              milliseconds{9'000});
    const load_terms must =
        honoured({"Cache-Control: must-revalidate, max-age=60, stale-if-error=9"});
    EXPECT_EQ(must.ttl, milliseconds{60'000});
    EXPECT_EQ(must.while_revalidate, milliseconds{0});
    EXPECT_EQ(must.if_error, milliseconds{0});
    EXPECT_FALSE(honoured({"Cache-Control: max-age=0"}).while_revalidate) << "the route's";
}

TEST(answer_terms, validators_are_kept_as_written_within_bounds) {
    const auto known = [](std::initializer_list<std::string> lines) {
        return read_terms(head(lines), {.validators = true}, now).known;
    };
    EXPECT_EQ(known({"ETag: W/\"a b\"", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"}),
              (validators{"W/\"a b\"", "Sun, 06 Nov 1994 08:49:37 GMT"}));
    EXPECT_EQ(known({"ETag: " + std::string(256, 'a')}).etag.size(), 256U);
    EXPECT_EQ(known({"ETag: " + std::string(257, 'a')}).etag, "");
    EXPECT_EQ(known({"ETag: \"\xc3\xa9\""}).etag, "");
}

TEST(answer_terms, tags_come_from_three_headers) {
    EXPECT_EQ(tags({"Surrogate-Key: a  b,c", "Cache-Tag: d , e,,a", "xkey: f, g h"}),
              (std::vector<std::string>{"a", "b,c", "d", "e", "f", "g", "h"}));
    EXPECT_EQ(tags({"Surrogate-Key: ", "Cache-Tag: ,"}), std::vector<std::string>{});
}

TEST(answer_terms, tags_are_bounded_and_the_rest_is_counted) {
    std::string many;
    for (int i = 0; i < 70; ++i) many += "t" + std::to_string(i) + " ";
    const load_terms terms = read_terms(head({"xkey: " + many}), {}, now);
    EXPECT_EQ(terms.tags.size(), answer_tags_max);
    EXPECT_EQ(terms.dropped_tags, 6U);
    const std::string longest(answer_tag_bytes_max, 'a');
    const load_terms bad =
        read_terms(head({"Cache-Tag: " + longest + ",b" + longest + ",two words,\x01"}), {}, now);
    EXPECT_EQ(bad.tags, std::vector<std::string>{longest});
    EXPECT_EQ(bad.dropped_tags, 3U);
}

TEST(retry_after, is_seconds_or_a_date) {
    const auto wait = [](const std::string& value) {
        return read_retry_after(head({"Retry-After: " + value}), now);
    };
    EXPECT_EQ(wait("0"), milliseconds{0});
    EXPECT_EQ(wait("120"), milliseconds{120'000});
    EXPECT_EQ(wait("Sun, 06 Nov 1994 08:50:37 GMT"), milliseconds{60'000});
    EXPECT_EQ(wait("Sun, 06 Nov 1994 08:00:00 GMT"), milliseconds{0});
    EXPECT_EQ(wait("99999999999999999999"), retry_after_max);
    EXPECT_EQ(wait("Sun, 06 Nov 9994 08:00:00 GMT"), retry_after_max);
    for (const char* bad : {"", "soon", "-1", "1.5", "1s"}) EXPECT_FALSE(wait(bad)) << bad;
}

}  // namespace
}  // namespace herdgate
