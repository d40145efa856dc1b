// SPDX-License-Identifier: Apache-2.0
//
// What a client's write does where the route says (`writes`), and tags.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

route with(const std::string& name, route_policy::write rule) {
    route r = make_route(name);
    r.policy.writes = rule;
    return r;
}

struct write_rules : ::testing::Test {
    world w{make_config({with("drop", route_policy::write::invalidate),
                         with("no", route_policy::write::reject), make_route("free")}),
            2};
    std::unique_ptr<world::client> c = w.connect();
    std::string say(const std::string& line) {
        c->send_line(line);
        return c->received();
    }
    void fill(const std::string& key) {
        say("GET " + key);
        w.load_value("loaded");
        c->received();
    }
};

TEST_F(write_rules, invalidate_drops_the_entry_and_the_value) {
    fill("drop:1");
    EXPECT_EQ(say("SET drop:1 mine EX 10"), "+OK\r\n");
    EXPECT_EQ(say("GET drop:1"), "");
    EXPECT_EQ(w.loads().size(), 1U);
    w.load_value("again");
    EXPECT_EQ(c->received(), "$5\r\nagain\r\n");
    EXPECT_EQ(say("SETNX drop:1 mine"), ":1\r\n");
    EXPECT_EQ(say("GETSET drop:1 mine"), "$-1\r\n");
}

TEST_F(write_rules, invalidate_ends_a_load_in_progress) {
    say("GET drop:1");
    auto other = w.connect(1);
    other->send_line("SET drop:1 x");
    w.load_value("too old");
    EXPECT_EQ(c->received(), "$7\r\ntoo old\r\n");
    EXPECT_EQ(say("GET drop:1"), "");
    EXPECT_EQ(w.loads().size(), 1U);
}

TEST_F(write_rules, reject_refuses_the_whole_command) {
    EXPECT_EQ(say("SET no:1 x"),
              "-ERR herdgate: 'SET' is not allowed on keys of route 'no' (writes: reject)\r\n");
    EXPECT_EQ(say("MSET free:1 a no:1 b").substr(0, 4), "-ERR");
    EXPECT_EQ(say("EXISTS plain"), ":0\r\n");
    fill("no:1");
    EXPECT_EQ(say("DEL no:1"), ":1\r\n") << "that stores nothing";
}

TEST_F(write_rules, each_key_of_an_mset_goes_its_own_way) {
    fill("drop:1");
    EXPECT_EQ(say("MSET plain a drop:1 b free:1 c"), "+OK\r\n");
    EXPECT_EQ(say("GET plain"), "$1\r\na\r\n");
    EXPECT_EQ(say("GET free:1"), "$1\r\nc\r\n");
    EXPECT_EQ(say("GET drop:1"), "");
}

struct tags : ::testing::Test {
    tags() {
        route product = make_route("p");
        product.load = http_load{};
        std::get<http_load>(product.load).url = {{{"http://x/", text_template::no_capture}}, ""};
        route list = make_route("list");
        list.tags.push_back(text_template{{{"cat-", text_template::no_capture}, {"", 0}}, ""});
        w = std::make_unique<world>(make_config({product, list}), 2);
        c = w->connect();
    }
    std::string get(const std::string& key) {
        c->send_line("GET " + key);
        return c->received();
    }
    void load(std::vector<std::string> named = {}) {
        load_result result{load_outcome::ok, shared_bytes{std::string_view{"v"}}, {}};
        result.terms.tags = std::move(named);
        w->end_load(result);
        c->received();
    }
    std::unique_ptr<world> w;
    std::unique_ptr<world::client> c;
};

TEST_F(tags, of_the_answer_and_of_the_route_are_invalidated_together) {
    get("p:1");
    load({"cat-7", "x"});
    get("p:2");
    load({"cat-8"});
    get("list:7");
    load();
    w->pass(seconds{1});
    w->invalidate_tag("cat-7", {});
    EXPECT_EQ(get("p:2"), "$1\r\nv\r\n");
    EXPECT_EQ(get("p:1"), "");
    EXPECT_EQ(get("list:7"), "");
    EXPECT_EQ(w->loads().size(), 2U);
}

TEST_F(tags, softly_they_are_stale) {
    get("p:1");
    load({"cat-7"});
    w->pass(seconds{1});
    w->invalidate_tag("cat-7", route_policy::invalidation::stale);
    w->pass(milliseconds{1});  // floors know milliseconds
    EXPECT_EQ(get("p:1"), "$1\r\nv\r\n");
    EXPECT_EQ(w->loads().size(), 1U);
    load({"cat-7"});
    get("p:1");
    EXPECT_TRUE(w->loads().empty());
}

TEST_F(tags, a_load_that_began_before_is_out_of_date) {
    get("list:7");
    w->pass(seconds{1});
    w->invalidate_tag("cat-7", {});
    w->pass(seconds{1});
    get("list:7");
    ASSERT_EQ(w->loads().size(), 2U) << "the one in progress is too old";
    load();
    w->load_value("new");
    c->received();
    EXPECT_EQ(get("list:7"), "$3\r\nnew\r\n");
}

TEST_F(tags, they_outlive_a_revalidation_and_an_expiry_change) {
    get("p:1");
    load({"cat-7"});
    c->send_line("EXPIRE p:1 500");
    EXPECT_EQ(c->received(), ":1\r\n");
    w->pass(seconds{1});
    w->invalidate_tag("cat-7", {});
    EXPECT_EQ(get("p:1"), "");
}

}  // namespace
}  // namespace herdgate::test
