// SPDX-License-Identifier: Apache-2.0
//
// Loads before the end of a TTL, lives that reads extend, and TTLs that are not all the same.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

struct early : ::testing::Test {
    void open(const route_policy& policy) {
        w = std::make_unique<world>(make_config({make_route("p", policy)}), 2);
        c = w->connect();
    }
    void fill(std::string_view value, milliseconds took = milliseconds{0}) {
        c->send_line("GET p:1");
        w->pass(took);
        w->load_value(value);
        c->received();
    }
    std::string get(const std::string& key = "p:1") {
        c->send_line("GET " + key);
        return c->received();
    }
    static route_policy minute() {
        route_policy policy;
        policy.ttl = seconds{60};
        return policy;
    }

    std::unique_ptr<world> w;
    std::unique_ptr<world::client> c;
};

TEST_F(early, a_read_in_the_last_part_of_a_life_starts_one_load) {
    route_policy policy = minute();
    policy.refresh.ahead = seconds{10};
    policy.refresh.probability = 1;
    open(policy);
    fill("v1");
    w->pass(seconds{49});
    get();
    EXPECT_TRUE(w->loads().empty());
    w->pass(seconds{2});
    for (int i = 0; i < 50; ++i) EXPECT_EQ(get(), "$2\r\nv1\r\n");
    ASSERT_EQ(w->loads().size(), 1U);
    w->load_value("v2");
    for (int i = 0; i < 50; ++i) EXPECT_EQ(get(), "$2\r\nv2\r\n");
    EXPECT_TRUE(w->loads().empty());
    EXPECT_EQ(w->count(&route_metrics::refreshes_early), 1U);
    EXPECT_EQ(w->count(&route_metrics::misses), 1U);
}

TEST_F(early, the_probability_is_that_of_each_read) {
    route_policy policy = minute();
    policy.refresh.ahead = seconds{30};
    policy.refresh.probability = 0.1;
    open(policy);
    double reads = 0;
    constexpr int rounds = 400;
    for (int round = 0; round < rounds; ++round) {
        const std::string key = "p:" + std::to_string(round);
        c->send_line("GET " + key);
        w->load_value("v");
        w->pass(seconds{31});
        for (; w->loads().empty(); ++reads) get(key);
        w->load_value("v");
    }
    EXPECT_NEAR(reads / rounds, 10, 1.5);
}

TEST_F(early, a_failed_load_before_the_end_costs_nobody_anything) {
    route_policy policy = minute();
    policy.refresh.ahead = seconds{10};
    policy.refresh.probability = 1;
    open(policy);
    fill("v1");
    w->pass(seconds{51});
    get();
    w->load_error("HTTP 500");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(get(), "$2\r\nv1\r\n");
    EXPECT_TRUE(w->loads().empty()) << "it backs off";
    EXPECT_EQ(w->count(&route_metrics::errors), 0U);
    w->pass(seconds{1});
    get();
    EXPECT_EQ(w->loads().size(), 1U);
}

TEST_F(early, a_request_to_refresh_what_was_refreshed_meanwhile_does_nothing) {
    route_policy policy = minute();
    policy.refresh.ahead = seconds{10};
    policy.refresh.probability = 1;
    open(policy);
    fill("v1");
    w->pass(seconds{51});
    auto other = w->connect(1);
    c->send_bytes("GET p:1\r\n");      // its message is on the way…
    other->send_bytes("GET p:1\r\n");  // …and so is this one's
    w->settle();
    ASSERT_EQ(w->loads().size(), 1U);
    w->load_value("v2");
    EXPECT_TRUE(w->loads().empty());
}

/// The earliest of reads that come at a rate of r while `left` grows has, with k = r * delta *
/// beta, the mean delta * beta * (ln k + 0.5772): the integral of 1 - exp(-k e^-x).
TEST_F(early, xfetch_loads_once_per_expiry_and_as_early_as_the_paper_says) {
    route_policy policy = minute();
    policy.refresh.xfetch = 1;
    open(policy);
    constexpr milliseconds delta{1000};
    constexpr milliseconds pause{100};
    constexpr int expiries = 600;
    fill("v", delta);
    double sum = 0;
    for (int expiry = 0; expiry < expiries; ++expiry) {
        const redis_time end = w->now.store + seconds{60};
        w->pass(seconds{40});
        while (w->loads().empty()) {
            w->pass(pause);
            get();
            ASSERT_LT(w->now.store, end + seconds{1});
        }
        ASSERT_EQ(w->loads().size(), 1U);
        sum += static_cast<double>((end - w->now.store).count());
        w->pass(delta);
        w->load_value("v");
        ASSERT_TRUE(w->loads().empty());
    }
    const double k = 10;
    const double expected = static_cast<double>(delta.count()) * (std::log(k) + 0.5772);
    EXPECT_NEAR(sum / expiries, expected, expected / 10);
    EXPECT_EQ(w->count(&route_metrics::loads_started), 1U + expiries);
}

TEST_F(early, a_hot_key_is_loaded_on_schedule_until_nobody_reads_it) {
    route_policy policy = minute();
    policy.refresh.every = seconds{20};
    policy.refresh.idle = seconds{50};
    open(policy);
    fill("v0");
    for (int round = 1; round <= 5; ++round) {
        if (round < 4) get();
        w->pass(seconds{20});
        if (round < 4) {
            ASSERT_EQ(w->loads().size(), 1U) << round;
            w->load_value("v" + std::to_string(round));
        } else if (!w->loads().empty()) {
            w->load_value("v");
        }
    }
    w->pass(seconds{60});
    EXPECT_TRUE(w->loads().empty());
    EXPECT_LE(w->count(&route_metrics::loads_started), 6U);
}

TEST_F(early, reads_near_the_end_extend_a_life_up_to_a_maximum_age) {
    route_policy policy = minute();
    policy.sliding = route_policy::sliding_window{seconds{10}, seconds{30}, seconds{100}};
    open(policy);
    fill("v1");
    for (int i = 0; i < 95; ++i) {
        w->pass(seconds{1});
        ASSERT_EQ(get(), "$2\r\nv1\r\n");
        ASSERT_TRUE(w->loads().empty()) << i;
    }
    const std::uint64_t slides = w->count(&route_metrics::slides);
    EXPECT_GE(slides, 2U);
    EXPECT_LE(slides, 4U);
    w->pass(seconds{5});
    get();
    EXPECT_EQ(w->loads().size(), 1U) << "it is a hundred seconds old";
}

TEST_F(early, what_nobody_reads_near_its_end_ends) {
    route_policy policy = minute();
    policy.sliding = route_policy::sliding_window{seconds{10}, seconds{30}, seconds{100}};
    open(policy);
    fill("v1");
    w->pass(seconds{61});
    get();
    EXPECT_EQ(w->loads().size(), 1U);
}

TEST_F(early, jitter_takes_up_to_its_share_off_a_ttl_once) {
    route_policy policy = minute();
    policy.jitter = 0.5;
    open(policy);
    std::set<std::int64_t> ttls;
    for (int i = 0; i < 200; ++i) {
        const std::string key = "p:" + std::to_string(i);
        c->send_line("GET " + key);
        w->load_value("v");
        c->received();
        c->send_line("PTTL " + key);
        const std::string reply = c->received();
        const std::int64_t ttl = std::stoll(reply.substr(1));
        EXPECT_GT(ttl, 30'000 - 1);
        EXPECT_LE(ttl, 60'000);
        ttls.insert(ttl);
        c->send_line("PTTL " + key);
        EXPECT_EQ(c->received(), reply);
    }
    EXPECT_GT(ttls.size(), 150U);
    EXPECT_LT(*ttls.begin(), 33'000);
    EXPECT_GT(*ttls.rbegin(), 57'000);
}

}  // namespace
}  // namespace herdgate::test
