// SPDX-License-Identifier: Apache-2.0
//
// http_loader against a well-behaved origin: values, statuses, requests as sent, connections.
#include <optional>

#include "http_bench.hpp"

namespace herdgate::test {
namespace {

class http_loader_test : public http_bench {};

TEST_F(http_loader_test, brings_the_body_of_a_200) {
    const load_result& result = run("42");
    ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.value.view(), R"({"id":"42","load":1,"version":1})");
    EXPECT_EQ(loader.in_progress(), 0U);
}

TEST_F(http_loader_test, takes_an_empty_answer_for_an_empty_value) {
    const load_result& result = run("42?status=204");
    ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.value.view(), "");
}

TEST_F(http_loader_test, takes_404_and_410_for_absent) {
    EXPECT_EQ(run("42?mode=404").outcome, load_outcome::absent);
    EXPECT_EQ(run("42?status=410").outcome, load_outcome::absent);
    EXPECT_EQ(origin->stat("connections"), 1) << "the bodies were read to their ends";
}

TEST_F(http_loader_test, names_the_status_of_other_answers) {
    EXPECT_EQ(run("42?mode=500").outcome, load_outcome::error);
    EXPECT_EQ(bench.results[1].reason, "HTTP 500");
    EXPECT_EQ(run("42?status=503").reason, "HTTP 503");
    spec.absent = {};
    EXPECT_EQ(run("42?mode=404").reason, "HTTP 404");
    EXPECT_EQ(origin->stat("connections"), 1);
}

TEST_F(http_loader_test, does_not_follow_redirects) {
    const load_result& result = run("42?mode=redirect");
    EXPECT_EQ(result.outcome, load_outcome::error);
    EXPECT_EQ(result.reason, "HTTP 302 (redirects are not followed)");
    EXPECT_EQ(origin->stat("total"), 1);
}

TEST_F(http_loader_test, unpacks_gzip) {
    const load_result& result = run("42?mode=gzip&size=5000");
    ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    EXPECT_EQ(result.value.size(), 5000U);
}

TEST_F(http_loader_test, sends_the_headers_of_the_call_and_its_own_name) {
    http_call call = call_to(origin->url("/echo"));
    call.headers = {"X-Key: a b", "X-Empty: ", "Accept: application/json"};
    const load_result& result = bench.run(loader, std::move(call));
    const std::string seen(result.value.view());
    EXPECT_NE(seen.find(R"("x-key": "a b")"), std::string::npos) << seen;
    EXPECT_NE(seen.find(R"("x-empty": "")"), std::string::npos) << seen;
    EXPECT_NE(seen.find(R"("accept": "application/json")"), std::string::npos) << seen;
    EXPECT_NE(seen.find(R"("user-agent": "herdgate/)"), std::string::npos) << seen;
    EXPECT_NE(seen.find("gzip"), std::string::npos) << seen;
}

TEST_F(http_loader_test, sends_the_path_as_rendered) {
    const load_result& result =
        bench.run(loader, call_to(origin->url("/echo/../echo/%2e%2E/x?q=%2F")));
    EXPECT_EQ(result.outcome, load_outcome::absent) << "the origin has no such path";
    EXPECT_EQ(run("a%2Fb").value.view(), R"({"id":"a/b","load":1,"version":1})");
}

TEST_F(http_loader_test, sends_a_post_without_a_body_or_a_made_up_type) {
    spec.method = "POST";
    const load_result& result = bench.run(loader, call_to(origin->url("/echo")));
    const std::string seen(result.value.view());
    EXPECT_NE(seen.find(R"("method": "POST")"), std::string::npos) << seen;
    EXPECT_NE(seen.find(R"("content-length": "0")"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("content-type"), std::string::npos) << seen;
}

TEST_F(http_loader_test, sends_other_methods_by_name) {
    spec.method = "REPORT";
    const load_result& result = bench.run(loader, call_to(origin->url("/echo")));
    EXPECT_NE(result.value.view().find(R"("method": "REPORT")"), std::string_view::npos);
}

TEST_F(http_loader_test, ignores_proxies_of_the_environment) {
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    EXPECT_EQ(run("42").outcome, load_outcome::ok);
    ::unsetenv("http_proxy");
}

TEST_F(http_loader_test, uses_a_connection_again) {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(run("42").outcome, load_outcome::ok);
    EXPECT_EQ(origin->stat("total"), 20);
    EXPECT_EQ(origin->stat("connections"), 1);
}

TEST_F(http_loader_test, recovers_when_a_kept_connection_was_closed) {
    std::optional<origin_process> mine(std::in_place);
    const std::uint16_t port = mine->port();
    EXPECT_EQ(bench.run(loader, call_to(mine->url("/products/1"))).outcome, load_outcome::ok);
    mine.reset();
    mine.emplace(std::vector<std::string>{}, port);
    EXPECT_EQ(bench.run(loader, call_to(mine->url("/products/1"))).outcome, load_outcome::ok);
}

TEST_F(http_loader_test, runs_200_loads_at_once) {
    origin->set("delay=500ms");
    spec.timeout = milliseconds{10'000};
    for (int i = 0; i < 200; ++i) bench.start(loader, product(std::to_string(i)));
    EXPECT_EQ(loader.in_progress(), 200U);
    bench.run_until([&] { return bench.results.size() == 200; });
    for (const auto& [id, result] : bench.results) {
        EXPECT_EQ(result.outcome, load_outcome::ok) << result.reason;
    }
    EXPECT_EQ(origin->stat("total"), 200);
    EXPECT_EQ(origin->stat("max_in_flight"), 200);
    EXPECT_EQ(origin->stat("in_flight"), 0);
}

TEST_F(http_loader_test, opens_no_more_than_256_connections_to_a_host) {
    origin->set("delay=300ms");
    spec.timeout = milliseconds{10'000};
    for (int i = 0; i < 300; ++i) bench.start(loader, product());
    bench.run_until([&] { return bench.results.size() == 300; });
    for (const auto& [id, result] : bench.results) {
        EXPECT_EQ(result.outcome, load_outcome::ok) << result.reason;
    }
    EXPECT_LE(origin->stat("max_in_flight"), 256);
}

TEST_F(http_loader_test, drops_what_is_outstanding_when_it_goes) {
    const std::size_t before = open_descriptors();
    std::optional<http_loader> mine(std::in_place, bench.io, bench);
    for (int i = 0; i < 5; ++i) bench.run(*mine, product());
    for (int i = 0; i < 10; ++i) bench.start(*mine, product("42?mode=hang"));
    bench.run_until([&] { return origin->stat("in_flight") == 10; });
    bench.start(*mine, call_to("nonsense://127.0.0.1/"));
    mine.reset();
    bench.run_until([&] { return origin->stat("in_flight") == 0; });
    EXPECT_EQ(bench.results.size(), 5U);
    EXPECT_LE(open_descriptors(), before);
}

}  // namespace
}  // namespace herdgate::test
