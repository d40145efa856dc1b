// SPDX-License-Identifier: Apache-2.0
//
// The settings of the upstream and what needs one, from the file's text.
#include <gtest/gtest.h>

#include "herdgate/io/config_file.hpp"
#include "herdgate/io/diagnostic_format.hpp"

namespace herdgate {
namespace {

config_file_report load(std::string_view text) {
    config_environment outside;
    outside.variable = [](const std::string& name) -> std::optional<std::string> {
        if (name == "SECRET") return "hunter2";
        return std::nullopt;
    };
    outside.file = [](const std::string&) {
        return boost::system::result<std::string, std::string>{boost::system::in_place_error,
                                                               "No such file"};
    };
    config_file_report report;
    report.path = "c.yaml";
    report.text = text;
    static_cast<config_report&>(report) = load_config_text(text, {}, outside);
    return report;
}

std::string brief(std::string_view text) {
    std::string result;
    for (const auto& d : load(text).diagnostics)
        result +=
            std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ": " + d.message + "\n";
    return result;
}

const std::string has_upstream = "upstream: { url: redis://h }\n";
const std::string a_route = "routes: [ { match: k, load: { command: { argv: [ p ] } }, ";

TEST(config_upstream, needs_only_a_url) {
    EXPECT_FALSE(load("").value->upstream);
    const auto report = load("upstream: { url: redis://h }");
    ASSERT_TRUE(report.value) << format_diagnostics(report, diagnostic_format::text);
    const upstream_config& u = *report.value->upstream;
    EXPECT_EQ(u.host, "h");
    EXPECT_EQ(u.port, 6379);
    EXPECT_FALSE(u.tls);
    EXPECT_EQ(u.username + u.password + u.unix_path + u.server_name, "");
    EXPECT_EQ(u.timeouts.connect, milliseconds{1000});
    EXPECT_EQ(u.timeouts.command, milliseconds{5000});
    EXPECT_EQ(u.timeouts.store, milliseconds{1000});
    EXPECT_EQ(report.value->near_cache.max_memory, 64 * mib);
    EXPECT_EQ(report.value->near_cache.max_age, milliseconds{30'000});
    EXPECT_EQ(report.value->near_cache.tracking, config::tracking_mode::keys);
}

TEST(config_upstream, every_setting_arrives) {
    const auto report = load(R"(
upstream:
  url: rediss://h:7000/3
  username: app
  password: "${SECRET}"
  tls: { ca: a, cert: b, key: c, server_name: d }
  timeouts: { connect: 1ms, command: 2ms, store: 3ms }
  links: shared
near_cache: { max_memory: 1MiB, max_age: 4ms, tracking: off }
routes:
  - { match: k, load: { command: { argv: [ p ] } }, limit: { fleet: 8 }, invalidate: refresh }
  - { match: l, load: { command: { argv: [ p ] } }, invalidate: stale }
  - { match: m, load: { command: { argv: [ p ] } } }
)");
    ASSERT_TRUE(report.value) << format_diagnostics(report, diagnostic_format::text);
    EXPECT_TRUE(report.diagnostics.empty());
    const upstream_config& u = *report.value->upstream;
    EXPECT_TRUE(u.tls);
    EXPECT_EQ(u.host + ":" + std::to_string(u.port) + "/" + std::to_string(u.database), "h:7000/3");
    EXPECT_EQ(u.username + ":" + u.password, "app:hunter2");
    EXPECT_EQ(u.tls_files.ca + u.tls_files.cert + u.tls_files.key + u.server_name, "abcd");
    EXPECT_EQ(u.timeouts.connect.count(), 1);
    EXPECT_EQ(u.timeouts.command.count(), 2);
    EXPECT_EQ(u.timeouts.store.count(), 3);
    EXPECT_EQ(report.value->near_cache.max_memory, mib);
    EXPECT_EQ(report.value->near_cache.max_age.count(), 4);
    EXPECT_EQ(report.value->near_cache.tracking, config::tracking_mode::off);
    const auto& routes = report.value->routes;
    EXPECT_EQ(routes.at(0).policy.limit.fleet, 8U);
    EXPECT_EQ(routes.at(0).policy.invalidate, route_policy::invalidation::refresh);
    EXPECT_EQ(routes.at(1).policy.invalidate, route_policy::invalidation::stale);
    EXPECT_EQ(routes.at(2).policy.invalidate, route_policy::invalidation::erase);
    EXPECT_EQ(routes.at(2).policy.limit.fleet, std::nullopt);
}

TEST(config_upstream, every_setting_has_a_bad_value) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"upstream: redis://h", "1:11: 'upstream' must be a mapping of settings"},
        {"upstream: {}", "1:11: 'url' is missing in upstream"},
        {"upstream: { url: \"redis://h:0\" }", "1:29: the port must be from 1 to 65535"},
        {"upstream: { url: \"redis://${SECRET}:x\" }", "1:18: the port must be from 1 to 65535"},
        {"upstream: { url: sentinel://h/m }", "1:18: sentinel:// is not supported by this version"},
        {"upstream: { url: redis://h, username: a }", "1:39: 'username' needs 'password'"},
        {"upstream: { url: redis://h, username: \"\", password: a }",
         "1:39: a user without a name"},
        {"upstream: { url: redis://h, password: \"\" }", "1:39: an empty password"},
        {"upstream: { url: \"redis://:a@h\", password: b }",
         "1:44: the URL has a password already"},
        {"upstream: { url: \"redis://:a@h\", username: b, password: c }",
         "1:44: the URL has a password already"},
        {"upstream: { url: rediss://h, tls: x }", "1:35: 'tls' must be a mapping of settings"},
        {"upstream: { url: redis://h, tls: { ca: a } }", "1:34: 'tls' needs a URL with TLS"},
        {"upstream: { url: rediss://h, tls: { ca: } }", "1:37: 'ca' needs a value"},
        {"upstream: { url: rediss://h, tls: { cert: a } }",
         "1:43: 'cert' and 'key' need each other"},
        {"upstream: { url: rediss://h, tls: { key: a } }",
         "1:42: 'cert' and 'key' need each other"},
        {"upstream: { url: rediss://h, tls: { server_name: [] } }",
         "1:50: 'server_name' must be a single value"},
        {"upstream: { url: redis://h, timeouts: 1s }",
         "1:39: 'timeouts' must be a mapping of settings"},
        {"upstream: { url: redis://h, timeouts: { connect: 0 } }", "1:50: '0' is out of range"},
        {"upstream: { url: redis://h, timeouts: { command: 5 } }",
         "1:50: '5' is not a duration: add a unit"},
        {"upstream: { url: redis://h, timeouts: { store: 2h } }", "1:48: '2h' is out of range"},
        {"upstream: { url: redis://h, links: some }",
         "1:36: 'some' is not one of the values of 'links'"},
        {"near_cache: 64MiB", "1:13: 'near_cache' must be a mapping of settings"},
        {has_upstream + "near_cache: { max_memory: 1KiB }", "2:27: '1KiB' is out of range"},
        {has_upstream + "near_cache: { max_age: 0 }", "2:24: '0' is out of range"},
        {has_upstream + "near_cache: { tracking: all }",
         "2:25: 'all' is not one of the values of 'tracking'"},
        {a_route + "limit: { fleet: 0 } } ]", "1:75: '0' is out of range"},
        {a_route + "invalidate: drop } ]", "1:71: 'drop' is not one of the values of 'invalidate'"},
    };
    for (const auto& [setting, expected] : cases)
        EXPECT_EQ(brief(setting).substr(0, expected.size()), expected) << setting;
}

TEST(config_upstream, what_needs_one_warns_without_it) {
    EXPECT_EQ(brief("near_cache: { max_age: 1s }"),
              "1:13: 'near_cache' has no effect without upstream\n");
    EXPECT_EQ(brief(a_route + "limit: { fleet: 8 } } ]"),
              "1:75: 'fleet' has no effect without upstream\n");
    EXPECT_TRUE(load("near_cache: {}").value);
    EXPECT_EQ(brief(a_route + "invalidate: stale } ]"), "");
    EXPECT_EQ(brief("upstream: { url: redis://h }\nnear_cache: {}"), "");
}

TEST(config_upstream, secrets_are_not_shown) {
    for (const char* text : {
             "upstream: { url: \"redis://:hunter2@h:x\" }",
             "upstream: { url: \"redis://:${SECRET}@h:x\" }",
             "upstream: redis://:hunter2@h",
             "upstream: { url: redis://hunter2@h }",
             "upstream: { url: \"redis://a:hunter2@h\", links: x }",
             "upstream: { url: \"redis://a:b@h\", password: hunter2 }",
             "upstream: { url: redis://h, password: [ hunter2 ] }",
             "upstream:\n  url: redis://h\n  pass: hunter2\n",
             "upstream:\n  username: hunter2\n",
             "url: redis://a:hunter2@h\n",
         }) {
        const auto report = load(text);
        EXPECT_FALSE(report.value) << text;
        for (const auto format :
             {diagnostic_format::text, diagnostic_format::json, diagnostic_format::github})
            EXPECT_EQ(format_diagnostics(report, format).find("hunter2"), std::string::npos)
                << format_diagnostics(report, format);
    }
}

TEST(config_upstream, says_what_the_fleet_tells_this_process) {
    const auto usual = load(has_upstream);
    EXPECT_EQ(usual.value->fleet.invalidation_channel, "cache_invalidation");
    EXPECT_EQ(usual.value->fleet.refresh_stream, "");
    EXPECT_EQ(usual.value->fleet.as, config::role::all);
    const auto other =
        load(has_upstream + "fleet: { invalidation_channel: '', refresh_stream: s, role: worker }");
    ASSERT_TRUE(other.value) << format_diagnostics(other, diagnostic_format::text);
    EXPECT_EQ(other.value->fleet.invalidation_channel, "");
    EXPECT_EQ(other.value->fleet.refresh_stream, "s");
    EXPECT_EQ(other.value->fleet.as, config::role::worker);
    EXPECT_EQ(load(has_upstream + "fleet: { role: proxy }").value->fleet.as, config::role::proxy);
}

TEST(config_upstream, a_worker_needs_a_stream_and_the_fleet_an_upstream) {
    EXPECT_EQ(brief(has_upstream + "fleet: { role: worker }"),
              "2:8: 'role: worker' needs 'upstream' and 'fleet.refresh_stream'\n");
    EXPECT_EQ(brief("fleet: { refresh_stream: s }"),
              "1:8: 'fleet' has no effect without upstream\n");
}

}  // namespace
}  // namespace herdgate
