// SPDX-License-Identifier: Apache-2.0
//
// Routes with `as: hash`: a JSON object read field by field.
#include <gtest/gtest.h>

#include "support/world.hpp"

namespace herdgate::test {
namespace {

constexpr std::string_view ann =
    R"( {"name": "Ann \u00e9", "age": 42.0, "left": null, "tags": ["a", {"b": 1}], "on": true, "age": 7} )";
constexpr std::string_view wrong_type =
    "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

struct hash_routes : ::testing::Test {
    static config users() {
        route u = make_route("user");
        u.as_hash = true;
        return make_config({u, make_route("p")});
    }
    std::string ask(const std::string& line) {
        c->send_line(line);
        return c->received();
    }
    std::string ask_cold(const std::string& line, std::string_view value) {
        c->send_line(line);
        w.load_value(value);
        return c->received();
    }
    world w{users(), 2};
    std::unique_ptr<world::client> c = w.connect();
};

TEST_F(hash_routes, the_fields_of_an_object_are_read) {
    EXPECT_EQ(ask_cold("HGET user:1 name", ann), "$6\r\nAnn \xc3\xa9\r\n");
    EXPECT_EQ(ask("HGET user:1 age"), "$1\r\n7\r\n") << "the last of one name";
    EXPECT_EQ(ask("HGET user:1 tags"), "$13\r\n[\"a\",{\"b\":1}]\r\n");
    EXPECT_EQ(ask("HGET user:1 left"), "$-1\r\n");
    EXPECT_EQ(ask("HGET user:1 none"), "$-1\r\n");
    EXPECT_EQ(ask("HMGET user:1 on none name"),
              "*3\r\n$4\r\ntrue\r\n$-1\r\n$6\r\nAnn \xc3\xa9\r\n");
    EXPECT_EQ(ask("HLEN user:1"), ":4\r\n");
    EXPECT_EQ(ask("HEXISTS user:1 on"), ":1\r\n");
    EXPECT_EQ(ask("HEXISTS user:1 left"), ":0\r\n");
    EXPECT_EQ(ask("HSTRLEN user:1 name"), ":6\r\n");
    EXPECT_EQ(ask("HSTRLEN user:1 none"), ":0\r\n");
    EXPECT_EQ(ask("HKEYS user:1"), "*4\r\n$4\r\nname\r\n$3\r\nage\r\n$4\r\ntags\r\n$2\r\non\r\n");
    EXPECT_EQ(ask("HVALS user:1"),
              "*4\r\n$6\r\nAnn \xc3\xa9\r\n$1\r\n7\r\n$13\r\n[\"a\",{\"b\":1}]\r\n$4\r\ntrue\r\n");
    EXPECT_EQ(w.count(&route_metrics::loads_started), 1U);
}

TEST_F(hash_routes, hgetall_is_a_map_in_resp3) {
    EXPECT_EQ(ask_cold("HGETALL user:1", R"({"a":"1","b":2})"),
              "*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n");
    ask("HELLO 3");
    EXPECT_EQ(ask("HGETALL user:1"), "%2\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n");
}

TEST_F(hash_routes, readers_of_different_fields_share_one_load) {
    const auto other = w.connect(1);
    c->send_line("HGET user:1 a");
    other->send_line("HGETALL user:1");
    ASSERT_EQ(w.loads().size(), 1U);
    w.load_value(R"({"a":"1"})");
    EXPECT_EQ(c->received(), "$1\r\n1\r\n");
    EXPECT_EQ(other->received(), "*2\r\n$1\r\na\r\n$1\r\n1\r\n");
}

TEST_F(hash_routes, hscan_is_one_page) {
    EXPECT_EQ(ask_cold("HSCAN user:1 0", R"({"ab":"1","c":"2"})"),
              "*2\r\n$1\r\n0\r\n*4\r\n$2\r\nab\r\n$1\r\n1\r\n$1\r\nc\r\n$1\r\n2\r\n");
    EXPECT_EQ(ask("HSCAN user:1 0 MATCH a* COUNT 1"),
              "*2\r\n$1\r\n0\r\n*2\r\n$2\r\nab\r\n$1\r\n1\r\n");
    EXPECT_EQ(ask("HSCAN user:1 x"), "-ERR invalid cursor\r\n");
    EXPECT_EQ(ask("HSCAN user:1 0 NOVALUES"), "-ERR syntax error\r\n");
    EXPECT_EQ(ask("HSCAN user:1 0 COUNT 0"), "-ERR syntax error\r\n");
    EXPECT_EQ(ask("HSCAN user:1 0 COUNT x"), "-ERR value is not an integer or out of range\r\n");
}

TEST_F(hash_routes, a_key_that_does_not_exist_is_an_empty_hash) {
    c->send_line("HGET user:1 a");
    w.end_load({load_outcome::absent, {}, {}});
    EXPECT_EQ(c->received(), "$-1\r\n");
    EXPECT_EQ(ask("HMGET user:1 a b"), "*2\r\n$-1\r\n$-1\r\n");
    EXPECT_EQ(ask("HGETALL user:1"), "*0\r\n");
    EXPECT_EQ(ask("HLEN user:1"), ":0\r\n");
    EXPECT_EQ(ask("HSCAN user:1 0"), "*2\r\n$1\r\n0\r\n*0\r\n");
    EXPECT_EQ(ask("EXISTS user:1"), ":0\r\n");
    EXPECT_EQ(ask("TYPE user:1"), "+none\r\n");
}

TEST_F(hash_routes, a_value_that_is_no_object_is_a_failed_load) {
    for (const char* value : {"[1]", "\"a\"", "{", "", "{\"a\":1}x", "\xef\xbb\xbf{}"}) {
        w.pass(seconds{300});
        EXPECT_EQ(ask_cold("HGET user:1 a", value),
                  "-ERR herdgate: route 'user': load failed: the value is no JSON object, and the "
                  "route is 'as: hash'\r\n")
            << value;
    }
}

TEST_F(hash_routes, string_commands_have_the_wrong_type) {
    for (const char* line : {"GET user:1", "STRLEN user:1", "GETRANGE user:1 0 1", "GETEX user:1"})
        EXPECT_EQ(ask(line), wrong_type) << line;
    EXPECT_EQ(ask("MGET user:1"), "*1\r\n$-1\r\n");
    EXPECT_EQ(ask("MGET user:1 other"), "*2\r\n$-1\r\n$-1\r\n");
    EXPECT_TRUE(w.loads().empty());
}

TEST_F(hash_routes, writes_are_refused) {
    for (const char* name : {"HSET", "HDEL", "HINCRBY", "SET", "APPEND", "GETDEL"}) {
        const std::string line = std::string{name} + " user:1" +
                                 (std::string{name} == "GETDEL" ? "" : " a") +
                                 (name[0] == 'H' && name[1] != 'D' ? " 1" : "");
        EXPECT_EQ(ask(line), "-ERR herdgate: '" + std::string{name} +
                                 "' cannot be used on key of route 'user'\r\n");
    }
    EXPECT_EQ(ask("MSET other 1 user:1 2"),
              "-ERR herdgate: 'MSET' cannot be used on key of route 'user'\r\n");
}

TEST_F(hash_routes, commands_of_any_kind_of_key_work) {
    ask_cold("HLEN user:1", "{}");
    EXPECT_EQ(ask("TYPE user:1"), "+hash\r\n");
    EXPECT_NE(ask("SCAN 0 COUNT 1000000 TYPE hash").find("user:1"), std::string::npos);
    EXPECT_EQ(ask("SCAN 0 COUNT 1000000 TYPE string").find("user:1"), std::string::npos);
    EXPECT_EQ(ask("EXISTS user:1"), ":1\r\n");
    EXPECT_EQ(ask("TTL user:1"), ":60\r\n");
    EXPECT_EQ(ask("EXPIRE user:1 10"), ":1\r\n");
    EXPECT_EQ(ask("TTL user:1"), ":10\r\n");
    EXPECT_EQ(ask("DEL user:1"), ":1\r\n");
}

TEST_F(hash_routes, hash_commands_elsewhere_are_as_before) {
    EXPECT_EQ(ask("HGET p:1 a"), "-ERR herdgate: 'HGET' cannot be used on key of route 'p'\r\n");
    EXPECT_NE(ask("HGET other a").find("needs an upstream Redis"), std::string::npos);
    EXPECT_EQ(ask("HGET user:1"), "-ERR wrong number of arguments for 'hget' command\r\n");
}

}  // namespace
}  // namespace herdgate::test
