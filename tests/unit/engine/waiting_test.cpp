// SPDX-License-Identifier: Apache-2.0
//
// How long readers wait, and what they get then; origins that fail, and answers that may not be
// stored.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

struct waiting : ::testing::Test {
    void open(const route_policy& policy) {
        w = std::make_unique<world>(make_config({make_route("p", policy)}), 2);
        c = w->connect();
    }
    std::string get(const std::string& key = "p:1") {
        c->send_line("GET " + key);
        return c->received();
    }
    static load_result no_store(std::string_view value) {
        load_result result{load_outcome::ok, shared_bytes{value}, {}};
        result.terms.storable = false;
        return result;
    }

    std::unique_ptr<world> w;
    std::unique_ptr<world::client> c;
};

TEST_F(waiting, a_stale_value_is_served_at_the_soft_timeout_and_the_load_goes_on) {
    route_policy policy;
    policy.ttl = seconds{10};
    policy.stale = {seconds{0}, seconds{60}};
    policy.soft_timeout = milliseconds{100};
    open(policy);
    get();
    w->load_value("v1");
    c->received();
    w->pass(seconds{11});
    EXPECT_EQ(get(), "");
    w->pass(milliseconds{99});
    EXPECT_EQ(c->received(), "");
    w->pass(milliseconds{1});
    EXPECT_EQ(c->received(), "$2\r\nv1\r\n");
    EXPECT_EQ(w->loads().size(), 1U);
    w->load_value("v2");
    EXPECT_EQ(get(), "$2\r\nv2\r\n");
}

TEST_F(waiting, without_a_stale_value_the_soft_timeout_means_nothing) {
    route_policy policy;
    policy.soft_timeout = milliseconds{100};
    open(policy);
    EXPECT_EQ(get(), "");
    w->pass(milliseconds{2999});
    EXPECT_EQ(c->received(), "");
    w->load_value("v1");
    EXPECT_EQ(c->received(), "$2\r\nv1\r\n");
}

TEST_F(waiting, then_load_starts_one_load_for_all_whose_patience_is_over) {
    route_policy policy;
    policy.wait.then = route_policy::wait_end::load;
    open(policy);
    auto other = w->connect(1);
    get();
    other->send_line("GET p:1");
    EXPECT_EQ(w->loads().size(), 1U);
    w->pass(policy.wait.timeout);
    ASSERT_EQ(w->loads().size(), 2U);
    w->load_value("the first");
    EXPECT_EQ(c->received() + other->received(), "") << "they are not its readers any more";
    auto third = w->connect(0);
    third->send_line("GET p:1");
    EXPECT_EQ(third->received(), "$9\r\nthe first\r\n");
    w->load_value("mine");
    EXPECT_EQ(c->received(), "$4\r\nmine\r\n");
    EXPECT_EQ(other->received(), "$4\r\nmine\r\n");
    EXPECT_EQ(get(), "$9\r\nthe first\r\n") << "it is stored nowhere";
    EXPECT_EQ(w->gauge_sum(&worker_metrics::waiters), 0);
}

TEST_F(waiting, a_load_of_ones_own_is_not_waited_for_without_end) {
    route_policy policy;
    policy.wait.then = route_policy::wait_end::load;
    open(policy);
    get();
    w->pass(policy.wait.timeout);
    w->pass(seconds{60});
    EXPECT_EQ(c->received().substr(0, 4), "-ERR");
    EXPECT_EQ(w->loads().size(), 2U);
}

TEST_F(waiting, answers_that_may_not_be_stored_are_for_one_reader_each) {
    open({});
    auto a = w->connect(0);
    auto b = w->connect(1);
    get();
    a->send_line("GET p:1");
    b->send_line("GET p:1");
    ASSERT_EQ(w->loads().size(), 1U);
    w->end_load(no_store("for c"));
    EXPECT_EQ(c->received(), "$5\r\nfor c\r\n");
    ASSERT_EQ(w->loads().size(), 2U) << "the others load side by side";
    w->end_load(no_store("one"));
    w->end_load(no_store("two"));
    const std::string both = a->received() + b->received();
    EXPECT_TRUE(both == "$3\r\none\r\n$3\r\ntwo\r\n" || both == "$3\r\ntwo\r\n$3\r\none\r\n")
        << both;
    EXPECT_EQ(w->count(&route_metrics::loads_uncacheable), 3U);
}

TEST_F(waiting, that_they_may_not_is_remembered_for_a_while) {
    open({});
    get();
    w->end_load(no_store("secret"));
    c->received();
    auto other = w->connect(1);
    get();
    other->send_line("GET p:1");
    EXPECT_EQ(w->loads().size(), 2U) << "nobody waits for anybody";
    w->end_load(no_store("x"));
    w->end_load(no_store("x"));
    w->pass(seconds{61});
    get();
    other->send_line("GET p:1");
    EXPECT_EQ(w->loads().size(), 1U);
    w->load_value("public");
    EXPECT_EQ(other->received(), "$1\r\nx\r\n$6\r\npublic\r\n");
    EXPECT_EQ(w->count(&route_metrics::fills_stored), 2U);
}

TEST_F(waiting, the_origins_terms_are_those_of_the_entry) {
    route_policy policy;
    policy.ttl = seconds{60};
    open(policy);
    get();
    load_result result{load_outcome::ok, shared_bytes{std::string_view{"v"}}, {}};
    result.terms.ttl = seconds{5};
    result.terms.while_revalidate = seconds{0};
    result.terms.if_error = seconds{0};
    w->end_load(result);
    c->received();
    w->pass(seconds{4});
    EXPECT_EQ(get(), "$1\r\nv\r\n");
    w->pass(seconds{1});
    EXPECT_EQ(get(), "");
    EXPECT_EQ(w->loads().size(), 1U);
}

TEST_F(waiting, unchanged_keeps_the_value_for_another_ttl) {
    route_policy policy;
    policy.ttl = seconds{60};
    open(policy);
    get();
    w->load_value("v");
    c->received();
    w->pass(seconds{61});
    EXPECT_EQ(get(), "$1\r\nv\r\n");
    load_result same;
    same.outcome = load_outcome::unchanged;
    w->end_load(same);
    w->pass(seconds{59});
    EXPECT_EQ(get(), "$1\r\nv\r\n");
    EXPECT_TRUE(w->loads().empty());
}

TEST_F(waiting, unchanged_where_nothing_is_stored_is_an_error) {
    open({});
    get();
    load_result same;
    same.outcome = load_outcome::unchanged;
    w->end_load(same);
    EXPECT_EQ(c->received().substr(0, 4), "-ERR");
}

TEST_F(waiting, an_origin_that_asks_for_time_gets_it_up_to_the_bound) {
    route_policy policy;
    policy.backoff = {seconds{1}, seconds{20}};
    open(policy);
    get();
    load_result busy{load_outcome::error, {}, "HTTP 503"};
    busy.retry_after = seconds{10};
    w->end_load(busy);
    c->received();
    w->pass(seconds{9});
    EXPECT_EQ(get().substr(0, 4), "-ERR");
    EXPECT_TRUE(w->loads().empty());
    w->pass(seconds{1});
    get();
    ASSERT_EQ(w->loads().size(), 1U);
    busy.retry_after = seconds{86'400};
    w->end_load(busy);
    w->pass(seconds{20});
    get();
    EXPECT_EQ(w->loads().size(), 1U);
}

TEST_F(waiting, the_breaker_opens_for_the_whole_route_and_tries_one_load) {
    route_policy policy;
    policy.breaker = {3, seconds{30}};
    open(policy);
    for (int i = 0; i < 3; ++i) {
        get("p:" + std::to_string(i));
        w->load_error("HTTP 500");
    }
    c->received();
    EXPECT_EQ(get("p:7"),
              "-ERR herdgate: route 'p': load failed: too many loads have failed: the breaker is "
              "open\r\n");
    EXPECT_TRUE(w->loads().empty());
    w->pass(seconds{30});
    get("p:8");
    get("p:9");
    ASSERT_EQ(w->loads().size(), 1U) << "one, to see";
    w->load_value("v");
    get("p:10");
    EXPECT_EQ(w->loads().size(), 1U) << "it is closed";
    EXPECT_EQ(w->count(&route_metrics::breaker_refused), 2U);
}

TEST_F(waiting, a_breaker_whose_trial_fails_stays_open) {
    route_policy policy;
    policy.breaker = {1, seconds{30}};
    open(policy);
    get("p:0");
    w->load_error("HTTP 500");
    w->pass(seconds{30});
    get("p:1");
    w->load_error("HTTP 500");
    get("p:2");
    EXPECT_TRUE(w->loads().empty());
    w->pass(seconds{30});
    get("p:3");
    EXPECT_EQ(w->loads().size(), 1U);
}

}  // namespace
}  // namespace herdgate::test
