// SPDX-License-Identifier: Apache-2.0
//
// What a reader gets as an entry ages: fresh, stale while revalidating, stale if error, negative,
// absent.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

route_policy short_lived() {
    route_policy policy;
    policy.ttl = seconds{10};
    policy.stale.while_revalidate = seconds{5};
    policy.stale.if_error = seconds{60};
    policy.backoff = {seconds{1}, seconds{60}};
    return policy;
}

struct aging : ::testing::Test {
    world w{make_config({make_route("p", short_lived())}), 2};
    std::unique_ptr<world::client> c = w.connect();

    void fill(std::string_view value) {
        c->send_line("GET p:1");
        w.load_value(value);
        c->received();
    }
    std::string get() {
        c->send_line("GET p:1");
        return c->received();
    }
};

TEST_F(aging, a_fresh_value_is_served_without_a_load) {
    fill("v1");
    w.pass(seconds{10} - milliseconds{1});
    EXPECT_EQ(get(), "$2\r\nv1\r\n");
    EXPECT_TRUE(w.loads().empty());
}

TEST_F(aging, a_stale_value_is_served_at_once_and_refreshed_once) {
    fill("v1");
    w.pass(seconds{11});
    for (int i = 0; i < 100; ++i) EXPECT_EQ(get(), "$2\r\nv1\r\n");
    EXPECT_EQ(w.loads().size(), 1U);
    w.load_value("v2");
    EXPECT_EQ(get(), "$2\r\nv2\r\n");
    EXPECT_EQ(w.count(&route_metrics::hits_stale), 100U);
    EXPECT_EQ(w.count(&route_metrics::refreshes), 1U);
}

TEST_F(aging, a_failed_refresh_leaves_the_stale_value_and_backs_off) {
    fill("v1");
    w.pass(seconds{11});
    get();
    w.load_error("HTTP 500");
    for (int i = 0; i < 10; ++i) EXPECT_EQ(get(), "$2\r\nv1\r\n");
    EXPECT_TRUE(w.loads().empty());
    w.pass(seconds{1});
    get();
    EXPECT_EQ(w.loads().size(), 1U);
}

TEST_F(aging, past_the_revalidate_window_a_reader_waits_and_gets_the_new_value) {
    fill("v1");
    w.pass(seconds{16});
    EXPECT_EQ(get(), "");
    w.load_value("v2");
    EXPECT_EQ(c->received(), "$2\r\nv2\r\n");
}

TEST_F(aging, past_the_revalidate_window_an_error_gives_the_stale_value) {
    fill("v1");
    w.pass(seconds{16});
    EXPECT_EQ(get(), "");
    w.load_error("HTTP 503");
    EXPECT_EQ(c->received(), "$2\r\nv1\r\n");
    EXPECT_EQ(get(), "$2\r\nv1\r\n");  // within the back-off: at once
    EXPECT_TRUE(w.loads().empty());
    EXPECT_EQ(w.count(&route_metrics::stale_on_error), 1U);
}

TEST_F(aging, past_the_revalidate_window_the_end_of_patience_gives_the_stale_value) {
    fill("v1");
    w.pass(seconds{16});
    EXPECT_EQ(get(), "");
    w.pass(short_lived().wait.timeout);
    EXPECT_EQ(c->received(), "$2\r\nv1\r\n");
}

TEST_F(aging, past_all_windows_an_error_is_an_error) {
    fill("v1");
    w.pass(seconds{71});
    EXPECT_EQ(get(), "");
    w.load_error("HTTP 500");
    EXPECT_EQ(c->received(), "-ERR herdgate: route 'p': load failed: HTTP 500\r\n");
}

TEST_F(aging, absence_is_remembered_for_its_ttl) {
    c->send_line("GET p:1");
    w.end_load({load_outcome::absent, {}, {}});
    EXPECT_EQ(c->received(), "$-1\r\n");
    w.pass(seconds{29});
    EXPECT_EQ(get(), "$-1\r\n");
    EXPECT_EQ(w.count(&route_metrics::negative_hits), 1U);
    EXPECT_TRUE(w.loads().empty());
    w.pass(seconds{1});
    EXPECT_EQ(get(), "");
    EXPECT_EQ(w.loads().size(), 1U);
}

TEST_F(aging, absence_replaces_a_stale_value) {
    fill("v1");
    w.pass(seconds{11});
    get();
    w.end_load({load_outcome::absent, {}, {}});
    EXPECT_EQ(get(), "$-1\r\n");
}

TEST_F(aging, an_empty_value_is_a_value) {
    fill("");
    EXPECT_EQ(get(), "$0\r\n\r\n");
}

TEST_F(aging, a_clients_own_set_is_a_fill) {
    c->send_line("SET p:1 mine");
    c->received();
    EXPECT_EQ(get(), "$4\r\nmine\r\n");
    c->send_line("TTL p:1");
    EXPECT_EQ(c->received(), ":10\r\n");
    w.pass(seconds{11});
    EXPECT_EQ(get(), "$4\r\nmine\r\n");
    EXPECT_EQ(w.loads().size(), 1U);
}

TEST_F(aging, strlen_exists_and_getrange_load_while_ttl_and_type_do_not) {
    c->send_line("TTL p:1");
    c->send_line("TYPE p:1");
    EXPECT_EQ(c->received(), ":-2\r\n+none\r\n");
    EXPECT_TRUE(w.loads().empty());
    c->send_line("STRLEN p:1");
    c->send_line("EXISTS p:1 other");
    c->send_line("GETRANGE p:1 1 2");
    EXPECT_EQ(w.loads().size(), 1U);
    w.load_value("hello");
    EXPECT_EQ(c->received(), ":5\r\n:1\r\n$2\r\nel\r\n");
    c->send_line("TYPE p:1");
    EXPECT_EQ(c->received(), "+string\r\n");
}

TEST_F(aging, getex_loads_and_then_moves_the_expiry) {
    c->send_line("GETEX p:1 EX 100");
    w.load_value("v");
    EXPECT_EQ(c->received(), "$1\r\nv\r\n");
    c->send_line("TTL p:1");
    EXPECT_EQ(c->received(), ":100\r\n");
}

TEST_F(aging, the_figures_add_up) {
    fill("v1");
    get();
    w.pass(seconds{11});
    get();
    w.load_error("x");
    w.pass(seconds{60});
    get();
    w.load_error("x");
    get();
    c->send_line("GET p:" + std::string(2000, 'x'));
    const auto sum = w.count(&route_metrics::hits_fresh) + w.count(&route_metrics::hits_stale) +
                     w.count(&route_metrics::negative_hits) + w.count(&route_metrics::misses) +
                     w.count(&route_metrics::coalesced) + w.count(&route_metrics::backoff) +
                     w.count(&route_metrics::refused);
    EXPECT_EQ(w.count(&route_metrics::lookups), sum);
    EXPECT_EQ(w.count(&route_metrics::lookups), 6U);
}

}  // namespace
}  // namespace herdgate::test
