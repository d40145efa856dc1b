// SPDX-License-Identifier: Apache-2.0
//
// http_loader: further requests, what answers say beside their values, and what requests say of the
// version that is known.
#include "http_bench.hpp"

namespace herdgate::test {
namespace {

class http_loader_answers : public http_bench {
  protected:
    std::string echo(http_call call) {
        const load_result& result = bench.run(loader, std::move(call));
        return result.value ? std::string(result.value.view()) : result.reason;
    }

    /// The value of a header in /echo's answer.
    static std::string header(const std::string& seen, const std::string& name) {
        const std::string field = "\"" + name + "\": \"";
        const auto at = seen.find(field);
        if (at == std::string::npos) return "none";
        const auto begin = at + field.size();
        return seen.substr(begin, seen.find('"', begin) - begin);
    }
};

TEST_F(http_loader_answers, a_listed_status_is_asked_again) {
    spec.retry.attempts = 2;
    origin->set("status=503&only=2");
    const load_result& result = run("42");
    EXPECT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.retries, 2U);
    EXPECT_EQ(origin->stat("total"), 3);
}

TEST_F(http_loader_answers, what_is_not_listed_or_not_wanted_is_asked_once) {
    origin->set("status=503&only=1");
    EXPECT_EQ(run("1").reason, "HTTP 503");
    spec.retry.attempts = 5;
    EXPECT_EQ(run("2?status=500").reason, "HTTP 500");
    EXPECT_EQ(run("3?mode=half").outcome, load_outcome::error);
    EXPECT_EQ(run("4?status=404").outcome, load_outcome::absent);
    http_loader fresh{bench.io, bench};
    EXPECT_EQ(bench.run(fresh, product("5?mode=close")).reason,
              "connection closed without an answer")
        << "a new connection is not a kept one that had gone";
    spec.timeout = milliseconds{200};
    EXPECT_EQ(run("6?mode=hang").outcome, load_outcome::timeout);
    EXPECT_EQ(origin->stat("total"), 6);
    for (const auto& [id, result] : bench.results) EXPECT_EQ(result.retries, 0U);
}

TEST_F(http_loader_answers, a_refused_connection_is_tried_again) {
    std::uint16_t free_port = 0;
    { free_port = origin_process().port(); }
    spec.retry.attempts = 2;
    const load_result& result =
        bench.run(loader, call_to("http://127.0.0.1:" + std::to_string(free_port) + "/"));
    EXPECT_EQ(result.reason, "cannot connect: Connection refused");
    EXPECT_EQ(result.retries, 2U);
}

TEST_F(http_loader_answers, a_kept_connection_that_was_closed_is_replaced_where_the_route_says_so) {
    origin->set("mode=close&only=1");
    const auto warm = [&] { EXPECT_EQ(run("warm?mode=ok").outcome, load_outcome::ok); };
    warm();
    EXPECT_EQ(run("1").reason, "connection closed without an answer");
    spec.retry.attempts = 1;
    warm();
    const load_result& result = run("2");
    EXPECT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.retries, 1U);
    spec.method = "POST";
    warm();
    EXPECT_EQ(run("3").reason, "connection closed without an answer");
}

TEST_F(http_loader_answers, all_requests_of_a_load_share_its_timeout) {
    spec.retry.attempts = 5;
    spec.timeout = milliseconds{400};
    origin->set("status=503&delay=150ms");
    const load_result& result = run("42");
    EXPECT_NE(result.outcome, load_outcome::ok);
    EXPECT_LE(result.retries, 2U);
    EXPECT_LT(bench.took, milliseconds{800});
}

TEST_F(http_loader_answers, retries_end_with_their_budget) {
    spec.retry.attempts = 1;
    spec.retry.budget = 1;
    origin->set("status=503");
    std::uint32_t retries = 0;
    for (int i = 0; i < 20; ++i) retries += run(std::to_string(i)).retries;
    EXPECT_EQ(retries, 3U) << "the floor";
    EXPECT_EQ(origin->stat("total"), 23);
}

TEST_F(http_loader_answers, an_origin_that_says_when_is_not_asked_before) {
    spec.retry.attempts = 1;
    const load_result& result = run("42?status=503&headers=Retry-After:%207");
    EXPECT_EQ(result.outcome, load_outcome::error);
    EXPECT_EQ(result.retry_after, milliseconds{7000});
    EXPECT_EQ(result.retries, 0U);
    EXPECT_EQ(run("43?status=429&headers=Retry-After:%208").retry_after, milliseconds{8000});
    EXPECT_FALSE(run("44?status=500&headers=Retry-After:%208").retry_after);
}

TEST_F(http_loader_answers, a_known_version_is_not_sent_again) {
    spec.revalidate = true;
    origin->set("etag=%22a%22&modified=Sun,%2006%20Nov%201994%2008:49:37%20GMT");
    const validators known = run("42").terms.known;
    EXPECT_EQ(known, (validators{"\"a\"", "Sun, 06 Nov 1994 08:49:37 GMT"}));
    http_call again = product();
    again.known = known;
    const load_result& unchanged = bench.run(loader, std::move(again));
    EXPECT_EQ(unchanged.outcome, load_outcome::unchanged) << unchanged.reason;
    EXPECT_EQ(unchanged.terms.known, known);
    http_call other = product();
    other.known.etag = "\"b\"";
    origin->set("modified=");
    const load_result& changed = bench.run(loader, std::move(other));
    EXPECT_EQ(changed.outcome, load_outcome::ok);
    EXPECT_EQ(changed.terms.known.etag, "\"a\"");
}

TEST_F(http_loader_answers, a_304_renews_with_what_it_says) {
    spec.revalidate = true;
    spec.cache_control = true;
    http_call call =
        product("42?status=304&headers=Cache-Control:%20max-age=7%0AETag:%20%22new%22");
    call.known = {"\"old\"", "Sun, 06 Nov 1994 08:49:37 GMT"};
    const load_result& result = bench.run(loader, std::move(call));
    EXPECT_EQ(result.outcome, load_outcome::unchanged) << result.reason;
    EXPECT_EQ(result.terms.ttl, milliseconds{7000});
    EXPECT_EQ(result.terms.known, (validators{"\"new\"", "Sun, 06 Nov 1994 08:49:37 GMT"}));
    EXPECT_EQ(run("42?status=304").reason, "HTTP 304 to a request without conditions");
}

TEST_F(http_loader_answers, conditions_are_headers_and_a_routes_own_win) {
    http_call call = call_to(origin->url("/echo"));
    call.known = {"W/\"a\"", "Sun, 06 Nov 1994 08:49:37 GMT"};
    const std::string seen = echo(call);
    EXPECT_NE(seen.find(R"("if-none-match": "W/\"a\"")"), std::string::npos) << seen;
    EXPECT_EQ(header(seen, "if-modified-since"), "Sun, 06 Nov 1994 08:49:37 GMT");
    call.headers = {"if-none-match: mine"};
    const std::string own = echo(call);
    EXPECT_EQ(header(own, "if-none-match"), "mine");
    EXPECT_EQ(header(own, "if-modified-since"), "none");
    call.headers.clear();
    call.known.etag = "a\r\nX: y";
    EXPECT_EQ(echo(call), "header with a control byte");
}

TEST_F(http_loader_answers, freshness_is_read_where_the_route_honours_it) {
    const std::string target = "42?headers=Cache-Control:%20no-store,%20max-age=9%0Axkey:%20a%20b";
    const load_terms ignored = run(target).terms;
    EXPECT_TRUE(ignored.storable);
    EXPECT_FALSE(ignored.ttl);
    EXPECT_EQ(ignored.tags, (std::vector<std::string>{"a", "b"}));
    spec.cache_control = true;
    const load_terms honoured = run(target).terms;
    EXPECT_FALSE(honoured.storable);
    EXPECT_EQ(honoured.ttl, milliseconds{9000});
    const load_result& absent = run("42?mode=404&headers=Cache-Control:%20max-age=9");
    EXPECT_EQ(absent.outcome, load_outcome::absent);
    EXPECT_EQ(absent.terms.ttl, milliseconds{9000});
}

TEST_F(http_loader_answers, part_of_an_answer_is_the_value) {
    spec.extract = "/id";
    EXPECT_EQ(run("a%22b").value.view(), "a\"b");
    spec.extract = "/version";
    EXPECT_EQ(run("42").value.view(), "1");
    EXPECT_EQ(run("42?body=%7B%22version%22:null%7D").outcome, load_outcome::absent);
    EXPECT_EQ(run("42?body=%5B%5D").reason, "the answer has nothing where 'extract' points to");
    EXPECT_EQ(run("42?body=secret").reason, "the answer is not JSON");
}

TEST_F(http_loader_answers, each_load_is_a_trace_of_its_own) {
    const http_call call = call_to(origin->url("/echo"));
    const std::string one = header(echo(call), "traceparent");
    const std::string two = header(echo(call), "traceparent");
    ASSERT_EQ(one.size(), 55U) << one;
    EXPECT_EQ(one.substr(0, 3), "00-");
    EXPECT_NE(one.substr(3, 32), two.substr(3, 32));
    http_call own = call;
    own.headers = {"TraceParent: mine"};
    EXPECT_EQ(header(echo(own), "traceparent"), "mine");
}

TEST_F(http_loader_answers, heads_are_bounded) {
    std::string lines;
    for (int i = 0; i < 6; ++i)
        lines += "X" + std::to_string(i) + ":" + std::string(7000, 'a') + "%0A";
    EXPECT_EQ(run("42?headers=" + lines).outcome, load_outcome::ok);
    EXPECT_EQ(run("42?mode=endless-head").reason, "the answer's headers are too long");
    bench.run_until([&] { return origin->stat("in_flight") == 0; });
}

TEST_F(http_loader_answers, an_origin_may_listen_on_a_unix_socket) {
    const temp_dir dir;
    const origin_process mine({"--unix", dir.path("s")});
    spec.unix_path = dir.path("s");
    for (int i = 0; i < 3; ++i) {
        const load_result& result = bench.run(loader, call_to("http://localhost/products/7"));
        ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    }
    EXPECT_EQ(mine.stat("connections"), 1) << "and is kept";
    http_load plain;
    http_call other = call_to("http://localhost:1/products/7");
    other.spec = &plain;
    EXPECT_EQ(bench.run(loader, std::move(other)).outcome, load_outcome::error)
        << "the socket is the route's";
    spec.unix_path = dir.path("none");
    EXPECT_EQ(bench.run(loader, call_to("http://localhost/products/7")).reason,
              "cannot connect: No such file or directory");
}

}  // namespace
}  // namespace herdgate::test
