// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/config_file.hpp"

#include <gtest/gtest.h>

#include "herdgate/core/config/field_table.hpp"
#include "herdgate/io/diagnostic_format.hpp"
#include "herdgate/io/yaml_tree.hpp"

namespace herdgate {
namespace {

config_environment world() {
    config_environment outside;
    outside.variable = [](const std::string& name) -> std::optional<std::string> {
        if (name == "SECRET") return "hunter2{x}";
        if (name == "BAD") return "hunter2";
        return std::nullopt;
    };
    outside.file = [](const std::string&) {
        return boost::system::result<std::string, std::string>{boost::system::in_place_error,
                                                               "No such file"};
    };
    return outside;
}

config_file_report load(std::string_view text, const config_overrides& overrides = {}) {
    config_file_report report;
    report.path = "c.yaml";
    report.text = text;
    static_cast<config_report&>(report) = load_config_text(text, overrides, world());
    return report;
}

// "line:column: message" of each diagnostic.
std::string brief(std::string_view text) {
    std::string result;
    for (const auto& d : load(text).diagnostics)
        result +=
            std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ": " + d.message + "\n";
    return result;
}

const std::string head =
    "routes:\n  - match: \"k:{id}\"\n    load: { http: { url: \"http://h/{id}\" } }\n";

TEST(config_file, a_route_needs_only_match_and_load) {
    const auto report = load(head);
    ASSERT_TRUE(report.value) << format_diagnostics(report, diagnostic_format::text);
    const route& r = report.value->routes.at(0);
    EXPECT_EQ(r.name, "k:{id}");
    EXPECT_EQ(r.policy.ttl, milliseconds{60'000});
    EXPECT_EQ(std::get<http_load>(r.load).timeout, milliseconds{2000});
    EXPECT_EQ(report.value->listen.at(0).port, 6380);
    EXPECT_TRUE(load("").value) << "an empty file is the default configuration";
}

TEST(config_file, every_setting_arrives) {
    const auto report = load(R"(
listen: [ { address: "unix:/s" }, { address: "[::1]:0" } ]
auth: { users: [ { name: default, password: "${SECRET}" } ] }
store: { prefix: "p:", max_memory: 2MiB }
admin: { address: none }
workers: 3
limits: { clients: 1, request: 2KiB, value: 3B, output: 4KiB }
log: { level: off, format: json }
drain: 0
routes:
  - name: a
    match: "a:{x}"
    load:
      http:
        url: "https://h/{x}"
        method: POST
        headers: { X: "{x}", Y: "a${SECRET}" }
        timeout: 1s
        absent: [ 204 ]
        max_body: 5B
        tls: { ca: a, cert: b, key: c }
        allow_addresses: [ 169.254.0.0/16 ]
    ttl: 1d
    stale: { while_revalidate: 0, if_error: 2h }
    negative: { ttl: 0 }
    wait: { timeout: 4s, then: nil, waiters: 5 }
    limit: { concurrency: 6, queue: 0, queue_timeout: 7s }
    backoff: { first: 8s, max: 9s }
  - match: "b:{x}"
    load: { command: { argv: [ /p, "{x}" ], stdin: key, env: { A: b }, timeout: 1m, absent_exit: 44, max_output: 6B } }
)");
    ASSERT_TRUE(report.value) << format_diagnostics(report, diagnostic_format::text);
    const config& c = *report.value;
    EXPECT_EQ(c.listen.at(0).unix_path, "/s");
    EXPECT_EQ(c.listen.at(1).host, "::1");
    EXPECT_EQ(c.users.at(0).password, "hunter2{x}");
    EXPECT_EQ(c.store.prefix + std::to_string(c.store.max_memory), "p:2097152");
    EXPECT_TRUE(c.admin.host.empty());
    EXPECT_EQ(c.workers, 3U);
    EXPECT_EQ(c.limits.clients + c.limits.request + c.limits.value + c.limits.output,
              1U + 2048U + 3U + 4096U);
    EXPECT_EQ(c.log.level, "off");
    EXPECT_EQ(c.log.format, config::log_format::json);
    EXPECT_EQ(c.drain.count(), 0);
    const auto& http = std::get<http_load>(c.routes.at(0).load);
    EXPECT_EQ(http.method + http.tls.ca + http.tls.cert + http.tls.key + http.allow_addresses.at(0),
              "POSTabc169.254.0.0/16");
    EXPECT_EQ(http.absent, std::vector<int>{204});
    EXPECT_EQ(http.max_body, 5U);
    EXPECT_EQ(http.headers.at(1).second.head(), "ahunter2{x}") << "braces of a value are literal";
    EXPECT_EQ(http.headers.at(1).second.source, "a${SECRET}");
    const route_policy& p = c.routes.at(0).policy;
    EXPECT_EQ(p.ttl.count() + p.stale.while_revalidate.count() + p.stale.if_error.count() +
                  p.negative.ttl.count(),
              86'400'000 + 7'200'000);
    EXPECT_EQ(p.wait.timeout.count() + p.limit.queue_timeout.count() + p.backoff.first.count() +
                  p.backoff.max.count(),
              28'000);
    EXPECT_EQ(p.wait.then, route_policy::wait_end::nil);
    EXPECT_EQ(p.wait.waiters * 100 + p.limit.concurrency * 10 + p.limit.queue, 560U);
    const auto& command = std::get<command_load>(c.routes.at(1).load);
    EXPECT_TRUE(command.stdin_key);
    EXPECT_EQ(command.absent_exit, 44);
    EXPECT_EQ(command.max_output, 6U);
    EXPECT_EQ(command.env.at(0).first, "A");
}

TEST(config_file, yaml_that_is_lax_elsewhere_is_an_error_here) {
    EXPECT_EQ(brief("drain: 1s\ndrain: 2s\n"), "2:1: duplicate key 'drain'\n");
    EXPECT_EQ(brief("log: { <<: { level: info } }\n"),
              "1:8: merge keys ('<<') are not supported\n");
    EXPECT_EQ(brief("store: { prefix: yes }\n"),
              "1:18: 'yes' without quotes is a boolean in YAML 1.1\n");
    EXPECT_EQ(brief("store: { prefix: \"yes\" }\n"), "");
    EXPECT_EQ(brief("store: { prefix: !!str a }\n"), "1:18: tags ('!...') are not supported\n");
    EXPECT_EQ(brief("a: [\n"), "2:1: not YAML: end of sequence flow not found\n");
    EXPECT_EQ(brief("drain: 1s\n---\ndrain: 2s\n"), "2:1: a second document in the file\n");
    EXPECT_EQ(brief("drain: \x01\n"), "1:8: a control byte\n");
    EXPECT_EQ(brief("# \xc3(\n"), "1:3: not UTF-8\n");
    EXPECT_EQ(brief("- a\n"), "1:1: a configuration is a mapping of settings\n");
    EXPECT_EQ(brief("drain:\n"), "1:1: 'drain' needs a value\n");
    EXPECT_EQ(brief("? [a]\n: b\n"), "1:3: a key must be a word\n");
}

TEST(config_file, aliases_work_and_do_not_explode) {
    const std::string text = head + "    stale: &s { if_error: 1h }\n";
    const auto report =
        load(text + "  - { match: b, load: { command: { argv: [ p ] } }, stale: *s }\n");
    ASSERT_TRUE(report.value);
    EXPECT_EQ(report.value->routes.at(1).policy.stale.if_error, milliseconds{3'600'000});
    std::string bomb = "a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n";
    for (int i = 1; i < 9; ++i) {
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [ ";
        for (int j = 0; j < 10; ++j)
            bomb += std::string{j == 0 ? "" : ", "} + "*a" + std::to_string(i - 1);
        bomb += " ]\n";
    }
    EXPECT_NE(brief(bomb).find("more than 100000 values in the file"), std::string::npos);
}

TEST(config_file, what_is_planned_is_not_called_unknown) {
    for (const field& f : field_table()) {
        if (f.type != field_type::unsupported || f.path.find('.') != std::string_view::npos)
            continue;
        EXPECT_EQ(brief(std::string{f.path} + ": x\n"),
                  "1:1: '" + std::string{f.path} + "' is not supported by this version\n");
    }
    EXPECT_EQ(brief("admin: { dashboard: x }\n"),
              "1:10: 'dashboard' is not supported by this version\n");
    EXPECT_EQ(brief("auth: upstream\n"), "1:7: 'auth: upstream' needs 'upstream'\n");
    EXPECT_EQ(brief("auth: upstreams\n"), "1:7: 'auth' must be a mapping of settings\n");
}

struct bad_value {
    std::string path, setting, expected;
};

// Each case is a line put below the route (path "routes[].…") or at the top level; the diagnostic
// comes first.
TEST(config_file, every_setting_has_a_bad_value) {
    const std::string r = "4:", t = "1:";
    const std::vector<bad_value> cases{
        {"listen", "listen: []", "1:9: 'listen' needs an element at least"},
        {"listen[].address", "listen: [ { address: nowhere } ]",
         "1:22: 'nowhere' is not an address to listen on: the port is missing"},
        {"auth", "auth: []", "1:7: 'auth' must be a mapping of settings"},
        {"auth.users", "auth: { users: 3 }", "1:16: 'users' must be a list"},
        {"auth.users[].name", "auth: { users: [ { name: \"\", password: x } ] }",
         "1:26: a user without a name"},
        {"auth.users[].password", "auth: { users: [ { name: a, password: \"\" } ] }",
         "1:39: a user with an empty password"},
        {"store", "store: 1", "1:8: 'store' must be a mapping of settings"},
        {"store.prefix", "store: { prefix: [] }", "1:18: 'prefix' must be a single value"},
        {"store.max_memory", "store: { max_memory: 1KiB }", "1:22: '1KiB' is out of range"},
        {"admin", "admin: x", "1:8: 'admin' must be a mapping of settings"},
        {"admin.address", "admin: { address: \"unix:/a\" }",
         "1:19: 'unix:/a' cannot be a unix socket"},
        {"workers", "workers: 257", "1:10: '257' is out of range"},
        {"limits", "limits: x", "1:9: 'limits' must be a mapping of settings"},
        {"limits.clients", "limits: { clients: 0 }", "1:20: '0' is out of range"},
        {"limits.request", "limits: { request: 64MB }", "1:20: '64MB' is not a size"},
        {"limits.value", "limits: { value: 16 }", "1:18: '16' is not a size: add a unit"},
        {"limits.output", "limits: { output: 1B }", "1:19: '1B' is out of range"},
        {"log", "log: x", "1:6: 'log' must be a mapping of settings"},
        {"log.level", "log: { level: loud }", "1:15: 'loud' is not one of the values of 'level'"},
        {"log.format", "log: { format: xml }", "1:16: 'xml' is not one of the values of 'format'"},
        {"drain", "drain: 30", "1:8: '30' is not a duration: add a unit"},
        {"routes", "routes: x", "1:9: 'routes' must be a list"},
        {"routes[].name", "routes: [ { name: a b, match: k, load: { command: { argv: [ p ] } } } ]",
         "1:19: a route's name is made of 1 to 64 printable characters without blanks and quotes"},
        {"routes[].match", "routes: [ { match: \"a{\", load: { command: { argv: [ p ] } } } ]",
         "1:22: '{' without '}'"},
        {"routes[].load", "routes: [ { match: k, load: {} } ]",
         "1:11: 'load' needs 'http' or 'command'"},
    };
    for (const auto& c : cases)
        EXPECT_EQ(brief(c.setting).substr(0, c.expected.size()), c.expected) << c.path;
}

TEST(config_file, every_setting_of_a_load_has_a_bad_value) {
    const std::vector<std::pair<std::string, std::string>> http{
        {"url: \"http://h/{nope}\"", "unknown capture 'nope'"},
        {"method: DELETE", "'DELETE' is not one of the values of 'method'"},
        {"headers: { A B: x }", "not a header name"},
        {"headers: x", "'headers' must be a mapping"},
        {"timeout: 0", "'0' is out of range"},
        {"absent: 404", "'absent' must be a list"},
        {"absent: [ 99 ]", "'99' is out of range"},
        {"max_body: 1GiB", "'1GiB' is out of range"},
        {"tls: x", "'tls' must be a mapping of settings"},
        {"tls: { ca: }", "'ca' needs a value"},
        {"tls: { cert: a }", "'cert' and 'key' need each other"},
        {"tls: { key: a }", "'cert' and 'key' need each other"},
        {"allow_addresses: [ x ]", "'x' is not a network"},
    };
    for (const auto& [setting, message] : http) {
        const std::string url = setting.starts_with("url") ? "" : "url: \"http://h/\", ";
        EXPECT_NE(
            brief("routes: [ { match: \"a{x}\", load: { http: { " + url + setting + " } } } ]")
                .find(": " + message),
            std::string::npos)
            << setting;
    }
    const std::vector<std::pair<std::string, std::string>> command{
        {"argv: []", "'argv' needs an element at least"},
        {"argv: [ bin/x ]", "a relative path to a program"},
        {"stdin: value", "'value' is not one of the values of 'stdin'"},
        {"env: { \"1\": x }", "not a variable's name"},
        {"timeout: 2d", "'2d' is out of range"},
        {"absent_exit: 256", "'256' is out of range"},
        {"max_output: 0", "'0' is out of range"},
    };
    for (const auto& [setting, message] : command) {
        const std::string argv = setting.starts_with("argv") ? "" : "argv: [ p ], ";
        EXPECT_NE(brief("routes: [ { match: a, load: { command: { " + argv + setting + " } } } ]")
                      .find(": " + message),
                  std::string::npos)
            << setting;
    }
    for (const char* kind : {"http", "command"})
        EXPECT_NE(brief("routes: [ { match: a, load: { " + std::string{kind} + ": x } } ]")
                      .find("must be a mapping of settings"),
                  std::string::npos);
}

TEST(config_file, every_policy_has_a_bad_value) {
    for (const char* setting :
         {"ttl: 0", "ttl: 5", "stale: x", "stale: { while_revalidate: 1 }",
          "stale: { if_error: 366d }", "negative: 1s", "negative: { ttl: -1s }", "wait: x",
          "wait: { timeout: 0 }", "wait: { then: later }", "wait: { waiters: 0 }", "limit: 3",
          "limit: { concurrency: 0 }", "limit: { queue: 1000001 }", "limit: { queue_timeout: 0 }",
          "backoff: 1s", "backoff: { first: 0 }", "backoff: { max: 2d }", "backoff: { first: 2m }"})
        EXPECT_EQ(brief(head + "    " + setting + "\n").substr(0, 2), "4:") << setting;
}

TEST(config_file, warnings_leave_the_configuration_usable) {
    const auto report = load("listen: [ { address: 0.0.0.0:1 } ]\n" + head +
                             "  - { match: \"k:x\", load: { command: { argv: [ p ] } } }\n");
    EXPECT_TRUE(report.value);
    ASSERT_EQ(report.diagnostics.size(), 2U);
    EXPECT_EQ(report.diagnostics[0].level, severity::warning);
    EXPECT_EQ(report.diagnostics[1].message,
              "this route is never used: routes[0] (line 3) claims every key that it could");
}

TEST(config_file, secrets_are_not_shown) {
    const std::string text =
        "auth: { users: [ { name: default, pasword: hunter2 } ] }\nworkers: \"${BAD}\"\n" + head +
        "    ttl: \"${BAD}\"\n  - { match: \"{${BAD}\", load: { http: { url: \"x${BAD}\", headers: "
        "{ A: \"hunter2{\" } } } }\n";
    const auto report = load(text);
    EXPECT_GE(report.diagnostics.size(), 4U);
    for (const auto format : {diagnostic_format::json, diagnostic_format::github})
        EXPECT_EQ(format_diagnostics(report, format).find("hunter2"), std::string::npos)
            << format_diagnostics(report, format);
    const std::string shown = format_diagnostics(
        load("auth: { users: [ { name: a, pasword: hunter2 } ] }\npassword: hunter2\n"),
        diagnostic_format::text);
    EXPECT_EQ(shown.find("hunter2"), std::string::npos) << shown;
}

TEST(config_file, the_text_format_is_that_of_compilers) {
    const auto report = load(head + "    ttll: 30s\n", {{}, {{"log.level", "loud"}}});
    EXPECT_EQ(format_diagnostics(report, diagnostic_format::text),
              "--set log.level: error: 'loud' is not one of the values of 'level'\n"
              "hint: one of trace, debug, info, warn, error, off\n"
              "c.yaml:4:5: error: unknown key 'ttll' in routes[0]\n"
              "    4 |     ttll: 30s\n"
              "      |     ^~~~\n"
              "hint: did you mean 'ttl'?\n");
    EXPECT_EQ(format_diagnostics(load("a%b: 1\n"), diagnostic_format::github).substr(0, 60),
              "::error file=c.yaml,line=1,col=1::unknown key 'a%25b' (known");
}

TEST(config_file, a_file_that_is_not_there) {
    const auto report = load_config_file("/nonexistent/c.yaml");
    EXPECT_FALSE(report.value);
    EXPECT_EQ(format_diagnostics(report, diagnostic_format::text),
              "/nonexistent/c.yaml: error: cannot read the file: No such file or directory\n");
}

}  // namespace
}  // namespace herdgate
