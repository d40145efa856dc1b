// SPDX-License-Identifier: Apache-2.0
//
// What is made from the field table besides the decoder: the JSON Schema, and the configuration as
// GET /config shows it.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "herdgate/core/config/decode.hpp"
#include "herdgate/core/config/field_table.hpp"
#include "herdgate/core/config/json_schema.hpp"

namespace herdgate {
namespace {

using nlohmann::json;

/// The schema's part for a path, or null.
json part_of(const json& schema, std::string_view path) {
    json at = schema;
    while (!path.empty() && !at.is_null()) {
        const std::string_view word = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(word.size() + 1, path.size()));
        const bool list = word.ends_with("[]");
        const std::string name{word.substr(0, word.size() - (list ? 2 : 0))};
        if (at.contains("anyOf")) at = at["anyOf"][0];
        at = at.value("properties", json::object()).value(name, json{});
        if (list && !at.is_null()) at = at["items"];
    }
    return at;
}

TEST(json_schema, has_every_setting_with_its_meaning_and_nothing_that_is_not_supported) {
    const json schema = json::parse(json_schema());
    EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    for (const field& f : field_table()) {
        const json part = part_of(schema, f.path);
        if (f.type == field_type::unsupported) {
            EXPECT_TRUE(part.is_null()) << f.path;
            continue;
        }
        ASSERT_TRUE(part.is_object()) << f.path;
        EXPECT_TRUE(part["description"].get<std::string>().starts_with(std::string{f.doc}))
            << f.path;
        EXPECT_EQ(part.contains("default"), !f.default_value.empty()) << f.path;
        if (f.type == field_type::section) {
            const json settings = f.choices.empty() ? part : part["anyOf"][0];
            EXPECT_EQ(settings["additionalProperties"], false) << f.path;
        }
    }
}

TEST(json_schema, is_the_one_that_is_checked_in) {
    std::ifstream file{HERDGATE_SOURCE_DIR "/config/schema/herdgate.schema.json"};
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), json_schema()) << "herdgate schema > config/schema/herdgate.schema.json";
}

/// A mapping of a document, by hand.
struct document {
    config_node node;
    document() { node.type = config_node::kind::mapping; }
    document& set(const std::string& path, const std::string& value) {
        EXPECT_TRUE(apply_override(node, {path, value}));
        return *this;
    }
};

json shown(const config_node& root) {
    config_environment outside;
    outside.variable = [](const std::string&) { return std::optional<std::string>{"s3cret"}; };
    const config_report report = decode_config(root, outside);
    for (const diagnostic& d : report.diagnostics) ADD_FAILURE() << d.path << ": " << d.message;
    if (!report.value) return {};
    EXPECT_EQ(report.value->shown.find("s3cret"), std::string::npos) << report.value->shown;
    return json::parse(report.value->shown);
}

TEST(effective_config, has_defaults_and_what_was_written) {
    document d;
    d.set("routes[0].match", "a:{id}").set("routes[0].load.http.url", "http://h/{id}");
    d.set("routes[0].ttl", "5m").set("limits.clients", "12");
    const json c = shown(d.node);
    EXPECT_EQ(c["listen"][0]["address"], "127.0.0.1:6380");
    EXPECT_EQ(c["limits"]["clients"], 12);
    EXPECT_EQ(c["limits"]["value"], "16MiB");
    EXPECT_EQ(c["workers"], "auto");
    EXPECT_EQ(c["routes"][0]["ttl"], "5m");
    EXPECT_EQ(c["routes"][0]["stale"]["if_error"], "10m");
    EXPECT_EQ(c["routes"][0]["load"]["http"]["absent"], json::parse("[404, 410]"));
    EXPECT_FALSE(c.contains("upstream"));
    EXPECT_FALSE(c.contains("auth"));
    EXPECT_FALSE(c["routes"][0]["load"].contains("command"));
}

TEST(effective_config, tells_no_secrets) {
    document d;
    d.set("auth.users[0].name", "app").set("auth.users[0].password", "s3cret");
    d.set("upstream.url", "redis://me:s3cret@127.0.0.1:7000/2").set("store.prefix", "a${X}$$b");
    d.set("routes[0].match", "a:{id}").set("routes[0].load.http.url", "http://h/{id}?k=${X}");
    d.set("routes[0].load.http.headers.Authorization", "Bearer s3cret");
    d.set("routes[0].load.http.headers.X-Api-Key", "s3cret");
    d.set("routes[0].load.http.headers.Cookie", "a=s3cret");
    d.set("routes[0].load.http.headers.Accept", "text/plain");
    d.set("routes[1].match", "b:{id}").set("routes[1].load.command.argv[0]", "cat");
    d.set("routes[1].load.command.env.PGPASSWORD", "s3cret");
    d.set("routes[1].load.command.env.LANG", "C");
    const json c = shown(d.node);
    EXPECT_EQ(c["auth"]["users"][0]["name"], "app");
    EXPECT_EQ(c["auth"]["users"][0]["password"], "***");
    EXPECT_EQ(c["upstream"]["url"], "redis://***@127.0.0.1:7000/2");
    EXPECT_EQ(c["store"]["prefix"], "a***$b");
    EXPECT_EQ(c["routes"][0]["load"]["http"]["url"], "http://h/{id}?k=***");
    EXPECT_EQ(
        c["routes"][0]["load"]["http"]["headers"],
        json::parse(
            R"({"Authorization":"***","X-Api-Key":"***","Cookie":"***","Accept":"text/plain"})"));
    EXPECT_EQ(c["routes"][1]["load"]["command"]["env"],
              json::parse(R"({"PGPASSWORD":"***","LANG":"C"})"));
}

}  // namespace
}  // namespace herdgate
