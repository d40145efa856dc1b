// SPDX-License-Identifier: Apache-2.0
//
// HERDGATE and its subcommands, on the embedded store.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

struct herdgate_command : ::testing::Test {
    std::string ask(const std::string& line) {
        c->send_line(line);
        return c->received();
    }
    /// Loads a key.
    void have(const std::string& key, std::string_view value) {
        c->send_line("GET " + key);
        w.load_value(value);
        c->received();
    }
    bool explains(const std::string& key, const std::string& part) {
        const std::string text = ask("HERDGATE EXPLAIN " + key);
        const bool found = text.find(part) != std::string::npos;
        if (!found) ADD_FAILURE() << part << " is not in:\n" << text;
        return found;
    }
    world w{make_config({make_route("p"), make_route("q")}), 2};
    std::unique_ptr<world::client> c = w.connect();
};

TEST_F(herdgate_command, help_lists_the_subcommands_in_redis_style) {
    const std::string help = ask("HERDGATE HELP");
    EXPECT_TRUE(help.starts_with(
        "*19\r\n+HERDGATE <subcommand> [<arg> [value] [opt] ...]. Subcommands are:\r\n"));
    EXPECT_TRUE(help.ends_with("+HELP\r\n+    Print this help.\r\n"));
}

TEST_F(herdgate_command, unknown_subcommands_and_arities_get_redis_texts) {
    EXPECT_EQ(ask("HERDGATE"), "-ERR wrong number of arguments for 'herdgate' command\r\n");
    EXPECT_EQ(ask("herdgate nope"), "-ERR unknown subcommand 'nope'. Try HERDGATE HELP.\r\n");
    EXPECT_EQ(ask("HERDGATE EXPLAIN"),
              "-ERR wrong number of arguments for 'herdgate|explain' command\r\n");
    EXPECT_EQ(ask("HERDGATE WARM"),
              "-ERR wrong number of arguments for 'herdgate|warm' command\r\n");
    EXPECT_EQ(ask("HERDGATE REFRESH other"), "-ERR herdgate: no route claims the key 'other'\r\n");
    EXPECT_EQ(ask("HERDGATE WARM p:1 other"), "-ERR herdgate: no route claims the key 'other'\r\n");
}

TEST_F(herdgate_command, it_is_in_the_command_table) {
    EXPECT_TRUE(ask("COMMAND INFO herdgate").starts_with("*1\r\n*10\r\n$8\r\nherdgate\r\n:-2\r\n"));
    EXPECT_NE(ask("COMMAND DOCS herdgate").find("Inspects and steers"), std::string::npos);
    EXPECT_NE(ask("COMMAND DOCS get").find("As in Redis"), std::string::npos);
}

TEST_F(herdgate_command, explain_tells_the_state_of_the_entry_and_its_flight) {
    explains("other", "no route claims it");
    explains("p:1", "now:              absent");
    explains("p:1", "in flight:        no");
    const auto reader = w.connect(1);
    reader->send_line("GET p:1");
    explains("p:1", "in flight:        loading, 1 wait");
    w.load_value("v");
    explains("p:1", "route:            p (routes[0])");
    explains("q:1", "not p:");
    explains("p:1", "fresh for 1m");
    w.pass(seconds{61});
    explains("p:1", "stale, served while it is refreshed for 59s");
    w.pass(seconds{60});
    explains("p:1", "stale, served if a load fails for 539s");
    c->send_line("GET p:2");
    w.load_error("broken");
    c->received();
    explains("p:2", "after 1 failed loads");
    c->send_line("GET p:3");
    w.end_load({load_outcome::absent, {}, {}});
    c->received();
    explains("p:3", "known not to exist for 30s");
}

TEST_F(herdgate_command, refresh_loads_anew_and_answers_when_it_is_stored) {
    have("p:1", "old");
    c->send_line("HERDGATE REFRESH p:1");
    EXPECT_EQ(c->received(), "");
    ASSERT_EQ(w.loads().size(), 1U);
    const auto reader = w.connect(1);
    reader->send_line("GET p:1");
    EXPECT_EQ(reader->received(), "$3\r\nold\r\n") << "the stale value meanwhile";
    w.load_value("new");
    EXPECT_EQ(c->received(), "+OK\r\n");
    EXPECT_EQ(ask("GET p:1"), "$3\r\nnew\r\n");
    EXPECT_TRUE(w.loads().empty());
}

TEST_F(herdgate_command, refresh_of_a_key_that_is_being_loaded_starts_a_load_of_its_own) {
    c->send_line("GET p:1");
    const auto operator_client = w.connect(1);
    operator_client->send_line("HERDGATE REFRESH p:1");
    ASSERT_EQ(w.loads().size(), 2U);
    w.load_value("older");
    EXPECT_EQ(c->received(), "$5\r\nolder\r\n");
    EXPECT_EQ(operator_client->received(), "");
    w.load_value("newer");
    EXPECT_EQ(operator_client->received(), "+OK\r\n");
    EXPECT_EQ(ask("GET p:1"), "$5\r\nnewer\r\n");
}

TEST_F(herdgate_command, refresh_answers_the_error_of_a_failed_load) {
    have("p:1", "old");
    c->send_line("HERDGATE REFRESH p:1");
    w.load_error("origin is down");
    EXPECT_EQ(c->received(), "-ERR herdgate: route 'p': load failed: origin is down\r\n");
    EXPECT_EQ(ask("GET p:1"), "$3\r\nold\r\n");
}

TEST_F(herdgate_command, invalidate_erases_and_what_is_being_loaded_is_not_stored) {
    EXPECT_EQ(ask("HERDGATE INVALIDATE p:1"), ":0\r\n");
    have("p:1", "v");
    EXPECT_EQ(ask("HERDGATE INVALIDATE p:1"), ":1\r\n");
    c->send_line("GET p:1");
    const auto other = w.connect(1);
    other->send_line("HERDGATE INVALIDATE p:1");
    EXPECT_EQ(other->received(), ":0\r\n");
    w.load_value("late");
    EXPECT_EQ(c->received(), "$4\r\nlate\r\n");
    c->send_line("GET p:1");
    EXPECT_EQ(w.loads().size(), 1U) << "it was not stored";
    w.load_value("v");
}

TEST_F(herdgate_command, warm_loads_what_is_not_fresh_and_counts_it) {
    have("p:1", "v");
    c->send_line("HERDGATE WARM p:1 p:2 p:3 p:2 q:1");
    EXPECT_EQ(w.loads().size(), 3U) << "one load for each key";
    w.load_value("a");
    w.load_value("b");
    EXPECT_EQ(c->received(), "");
    w.load_error("broken");
    const std::string reply = c->received();
    EXPECT_TRUE(reply == ":2\r\n" || reply == ":3\r\n") << reply;  // p:2 was asked for twice
    EXPECT_EQ(ask("GET p:1"), "$1\r\nv\r\n");
}

TEST_F(herdgate_command, warm_takes_a_thousand_keys_and_not_one_more) {
    std::string line = "HERDGATE WARM";
    for (int i = 0; i < 1000; ++i) line += " p:1";
    c->send_line(line);
    w.load_value("v");
    EXPECT_EQ(c->received(), ":1000\r\n");
    EXPECT_EQ(ask(line + " p:1"), "-ERR herdgate: more than 1000 keys at once\r\n");
}

TEST_F(herdgate_command, stats_equal_the_figures_of_the_metrics_page) {
    have("p:1", "v");
    ask("GET p:1");
    const std::string stats = ask("HERDGATE STATS");
    EXPECT_NE(stats.find("herdgate_cache_lookups_total{route=\"p\"}\r\n:2\r\n"), std::string::npos)
        << stats;
    EXPECT_EQ(stats.find("_bucket"), std::string::npos);
    EXPECT_EQ(stats.find("process_cpu"), std::string::npos);
    ask("HELLO 3");
    EXPECT_TRUE(ask("HERDGATE STATS").starts_with("%"));
}

TEST_F(herdgate_command, routes_are_maps_in_the_order_of_the_file) {
    ask("HELLO 3");
    const std::string routes = ask("HERDGATE ROUTES");
    EXPECT_TRUE(
        routes.starts_with("*2\r\n%5\r\n$4\r\nname\r\n$1\r\np\r\n$5\r\nmatch\r\n$6\r\np:{id}"))
        << routes;
}

TEST_F(herdgate_command, flights_list_keys_escaped_and_cut) {
    EXPECT_EQ(ask("HERDGATE FLIGHTS"), "*0\r\n");
    const auto reader = w.connect(1);
    reader->send_line("GET \"p:\\xff\\n" + std::string(300, 'a') + "\"");
    const std::string flights = ask("HERDGATE FLIGHTS");
    EXPECT_TRUE(flights.starts_with("*1\r\n*14\r\n$5\r\nroute\r\n$1\r\np\r\n")) << flights;
    EXPECT_NE(flights.find("p:\\xff\\x0a" + std::string(252, 'a') + "...\r\n"), std::string::npos)
        << flights;
    EXPECT_NE(flights.find("$7\r\nloading\r\n$7\r\nwaiters\r\n:1\r\n"), std::string::npos)
        << flights;
    w.load_value("v");
    EXPECT_EQ(ask("HERDGATE FLIGHTS"), "*0\r\n");
}

TEST_F(herdgate_command, needs_a_login_where_one_is_configured) {
    config guarded = make_config({make_route("p")});
    guarded.users = {{"default", "secret"}};
    world closed{std::move(guarded), 1};
    const auto stranger = closed.connect();
    stranger->send_line("HERDGATE STATS");
    EXPECT_EQ(stranger->received(), "-NOAUTH Authentication required.\r\n");
}

TEST_F(herdgate_command, a_client_that_goes_while_it_waits_leaves_the_load_alone) {
    auto leaving = w.connect(1);
    leaving->send_line("HERDGATE REFRESH p:1");
    leaving->disconnect();
    w.load_value("v");
    EXPECT_EQ(ask("GET p:1"), "$1\r\nv\r\n");
}

TEST_F(herdgate_command, info_has_its_section_only_by_name) {
    EXPECT_NE(ask("INFO herdgate").find("# Herdgate"), std::string::npos);
    EXPECT_EQ(ask("INFO").find("# Herdgate"), std::string::npos);
    EXPECT_EQ(ask("INFO everything").find("# Herdgate"), std::string::npos);
}

}  // namespace
}  // namespace herdgate::test
