// SPDX-License-Identifier: Apache-2.0
//
// Settings of loads that serve several keys: batches, and programs that are kept running.
#include <gtest/gtest.h>

#include "herdgate/io/config_file.hpp"
#include "herdgate/io/diagnostic_format.hpp"
#include "herdgate/io/yaml_tree.hpp"

namespace herdgate {
namespace {

config_file_report load(const std::string& text) {
    config_environment outside;
    outside.variable = [](const std::string&) { return std::optional<std::string>{}; };
    config_file_report report;
    report.path = "c.yaml";
    report.text = text;
    static_cast<config_report&>(report) = load_config_text(text, {}, outside);
    return report;
}

/// The diagnostics of a route with this load, "column: message" a line; at line 1.
std::string brief(const std::string& load_text, const std::string& match = "k:{id}",
                  const std::string& more = {}) {
    std::string result;
    const std::string text =
        "routes: [ { load: { " + load_text + " }, match: \"" + match + "\"" + more + " } ]\n";
    for (const auto& d : load(text).diagnostics)
        result += std::to_string(d.at.column) + ": " + d.message + "\n";
    return result;
}

std::string http(const std::string& batch, const std::string& more = {}) {
    return "http: { url: \"http://h/{id}\", batch: { " + batch + " }" + more + " }";
}

std::string command(const std::string& settings, const std::string& argv = "p") {
    return "command: { argv: [ " + argv + " ], " + settings + " }";
}

const std::string url = "url: \"http://h/?ids={ids}\"";

TEST(config_batch, every_setting_arrives) {
    const auto report = load(R"(
routes:
  - match: "a:{id}"
    load:
      http:
        url: "http://h/{id}"
        headers: { Accept: application/json }
        batch: { url: "http://h/?ids={ids}", max: 7, window: 3ms, key: /a/0 }
  - match: "b:{x}:{y}"
    load: { command: { argv: [ /p, "{x}" ], batch: { argv: [ /q, --batch ], max: 8, window: 0 } } }
  - match: "c:{x}"
    load: { command: { argv: [ /p, -u ], mode: worker, processes: 3 } }
  - match: "d:{x}"
    load: { http: { url: "http://h/{x}", batch: { url: "http://h/{ids}" } } }
)");
    ASSERT_TRUE(report.value) << format_diagnostics(report, diagnostic_format::text);
    const auto& routes = report.value->routes;
    const load_batch& a = *batch_of(routes.at(0));
    EXPECT_EQ(a.url.source + a.key, "http://h/?ids={ids}/a/0");
    EXPECT_EQ(a.max, 7U);
    EXPECT_EQ(a.window, milliseconds{3});
    const load_batch& b = *batch_of(routes.at(1));
    EXPECT_EQ(b.argv.at(1).source, "--batch");
    EXPECT_EQ(b.max, 8U);
    EXPECT_EQ(b.window, milliseconds{0});
    const auto& worker = std::get<command_load>(routes.at(2).load);
    EXPECT_TRUE(worker.worker && worker.stdin_key);
    EXPECT_EQ(worker.processes, 3U);
    EXPECT_EQ(batch_of(routes.at(2)), nullptr);
    EXPECT_EQ(batch_of(routes.at(3))->max, 100U);
    EXPECT_EQ(batch_of(routes.at(3))->window, milliseconds{2});
}

TEST(config_batch, every_setting_of_a_batch_has_a_bad_value) {
    EXPECT_EQ(brief(http("")), "58: 'url' is missing in routes[0].load.http.batch\n");
    EXPECT_EQ(brief(http("url: \"http://h/\"")), "65: the URL of a batch needs '{ids}'\n");
    EXPECT_EQ(brief(http("url: \"ftp://h/{ids}\"")), "65: a URL starts with http:// or https://\n");
    EXPECT_EQ(brief(http("url: \"http://h/{id}\"")), "75: unknown capture 'id'\n");
    EXPECT_EQ(brief(http(url + ", max: 0")), "93: '0' is out of range\n");
    EXPECT_EQ(brief(http(url + ", max: 1001")), "93: '1001' is out of range\n");
    EXPECT_EQ(brief(http(url + ", window: 2s")), "96: '2s' is out of range\n");
    EXPECT_EQ(brief(http(url + ", key: id")), "93: a JSON pointer starts with '/'\n");
    EXPECT_EQ(brief(command("batch: { max: 0 }")), "59: '0' is out of range\n");
    EXPECT_EQ(brief(command("batch: { window: 2 }")), "62: '2' is not a duration: add a unit\n");
    EXPECT_EQ(brief(command("batch: { argv: [ \"{id}\" ] }")), "62: unknown capture 'id'\n");
    EXPECT_EQ(brief(command("batch: { argv: [ a/b ] }")), "62: a relative path to a program\n");
}

TEST(config_batch, a_batch_is_asked_for_on_the_socket_of_the_url) {
    const auto at = [](const std::string& single, const std::string& many) {
        return load("routes:\n  - match: \"a:{id}\"\n    load: { http: { url: \"http://" + single +
                    "/{id}\", batch: { url: \"http://" + many + "/?ids={ids}\" } } }\n");
    };
    const auto good = at("unix:/run/a.sock:", "unix:/run/a.sock:");
    ASSERT_TRUE(good.value) << format_diagnostics(good, diagnostic_format::text);
    const auto& http = std::get<http_load>(good.value->routes.at(0).load);
    EXPECT_EQ(http.unix_path, "/run/a.sock");
    EXPECT_EQ(http.batch->url.head().substr(0, 17), "http://localhost/");
    EXPECT_FALSE(at("unix:/run/a.sock:", "h").value);
    EXPECT_FALSE(at("h", "unix:/run/a.sock:").value);
}

TEST(config_batch, nothing_but_the_place_of_the_keys_comes_from_a_key) {
    const std::string one = "a batch needs a pattern with exactly one capture\n";
    EXPECT_EQ(brief(http(url), "k:{id}:{x}"), "58: " + one);
    EXPECT_NE(brief(http(url), "regex:k(?P<id>.)(?P<b>.)").find(one), std::string::npos);
    EXPECT_EQ(brief(http(url, ", headers: { X: \"{id}\" }")),
              "104: a header of a batch cannot come from a key\n");
    EXPECT_EQ(brief(command("batch: {}", "p, \"{id}\"")),
              "43: an argument of a batch cannot come from a key\n");
    EXPECT_EQ(brief(command("batch: {}, env: { A: \"{id}\" }")),
              "66: a variable of a batch cannot come from a key\n");
    EXPECT_EQ(brief(http(url), "k:{id}", ", limit: { fleet: 2 }"),
              "127: 'fleet' has no effect without upstream\n"
              "127: 'fleet' counts loads of single keys: it cannot go with 'batch'\n");
}

TEST(config_batch, a_worker_is_the_same_for_all_keys) {
    EXPECT_EQ(brief(command("mode: always")), "51: 'always' is not one of the values of 'mode'\n");
    EXPECT_EQ(brief(command("processes: 0")), "56: '0' is out of range\n");
    EXPECT_EQ(brief(command("mode: worker", "p, \"{id}\"")),
              "43: an argument of a worker cannot come from a key\n");
    EXPECT_EQ(brief(command("mode: worker, env: { A: \"{id}\" }")),
              "69: a variable of a worker cannot come from a key\n");
    EXPECT_EQ(brief(command("mode: worker, absent_exit: 4")),
              "72: 'absent_exit' cannot go with 'mode: worker'\n");
    EXPECT_EQ(brief(command("mode: worker, batch: {}")),
              "66: 'batch' cannot go with 'mode: worker'\n");
}

TEST(config_batch, an_error_elsewhere_hides_none_of_these) {
    const std::string found = brief(http("url: \"http://h/\", key: x", ", timeout: 0"));
    for (const char* message : {"needs '{ids}'", "a JSON pointer", "'0' is out of range"})
        EXPECT_NE(found.find(message), std::string::npos) << message;
}

}  // namespace
}  // namespace herdgate
