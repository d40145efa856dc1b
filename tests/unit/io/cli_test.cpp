// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/cli.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace herdgate {
namespace {

struct outcome {
    int status;
    std::string out, err;
};

outcome run(std::vector<const char*> args, const daemon_function& daemon = {}) {
    args.insert(args.begin(), "herdgate");
    std::ostringstream out, err;
    const int status = run_cli(static_cast<int>(args.size()), args.data(), daemon, out, err);
    return {status, out.str(), err.str()};
}

constexpr const char* http = HERDGATE_SOURCE_DIR "/config/examples/http.yaml";
constexpr const char* command = HERDGATE_SOURCE_DIR "/config/examples/command.yaml";
constexpr const char* several = HERDGATE_SOURCE_DIR "/config/examples/command-worker.yaml";

TEST(cli, the_examples_are_right) {
    for (const char* file : {http, command}) {
        const auto o = run({"check", "--strict", file});
        EXPECT_EQ(o.status, exit_ok) << o.err;
        EXPECT_NE(o.out.find(": ok, routes: 1\n"), std::string::npos);
    }
}

TEST(cli, explain_tells_how_keys_go_together) {
    EXPECT_NE(run({"check", "--strict", several}).out.find(": ok, routes: 3\n"), std::string::npos);
    const auto user = run({"explain", "-c", several, "user:a,b"}).out;
    EXPECT_NE(user.find("up to 100 keys within 2ms; alone:"), std::string::npos) << user;
    EXPECT_NE(user.find("GET http://127.0.0.1:8080/u?ids=a%2Cb"), std::string::npos) << user;
    const auto price = run({"explain", "-c", several, "price:7"}).out;
    EXPECT_NE(price.find("up to 200 keys within 5ms; alone:"), std::string::npos) << price;
    EXPECT_NE(price.find("--json"), std::string::npos) << price;
    const auto report = run({"explain", "-c", several, "report:1"}).out;
    EXPECT_NE(report.find("kept running, asked for key after key"), std::string::npos) << report;
}

TEST(cli, usage_and_configuration_errors_are_status_2) {
    EXPECT_EQ(run({}).status, exit_usage);
    EXPECT_EQ(run({"frobnicate"}).status, exit_usage);
    EXPECT_EQ(run({"check", "--format", "xml", http}).status, exit_usage);
    EXPECT_EQ(run({"check", "/nonexistent"}).status, exit_usage);
    EXPECT_EQ(run({"check", http, "--set", "nonsense"}).status, exit_usage);
    EXPECT_EQ(run({"run", "-c", http, "--set", "drain=5"}).status, exit_usage);
    EXPECT_EQ(run({"--help"}).status, exit_ok);
    EXPECT_EQ(run({"version"}).out.substr(0, 9), "herdgate ");
}

TEST(cli, strict_makes_warnings_fatal) {
    EXPECT_EQ(run({"check", http, "--set", "listen[0].address=0.0.0.0:1"}).status, exit_ok);
    EXPECT_EQ(run({"check", "--strict", http, "--set", "listen[0].address=0.0.0.0:1"}).status,
              exit_usage);
    const auto json = run({"check", "--format", "json", http, "--set", "drain=5"});
    EXPECT_EQ(json.status, exit_usage);
    EXPECT_NE(json.out.find("\"path\": \"drain\""), std::string::npos);
}

TEST(cli, run_hands_the_configuration_over) {
    const auto daemon = [](const config& c, const run_options& o) {
        EXPECT_EQ(c.listen.at(0).port, 0);
        EXPECT_EQ(c.listen.size(), 1U);
        EXPECT_EQ(c.log.level, "debug");
        EXPECT_EQ(c.admin.port, 7);
        EXPECT_EQ(c.upstream.value_or(upstream_config{}).host, "redis");
        EXPECT_EQ(o.overrides.settings.size(), 4U);
        return 17;
    };
    const auto o =
        run({"run", "-c", http, "--listen", "127.0.0.1:0", "--upstream", "redis://redis", "--admin",
             "127.0.0.1:7", "--log-level", "debug", "--set", "routes[0].ttl=5s"},
            daemon);
    EXPECT_EQ(o.status, 17) << o.err;
    const auto failing = [](const config&, const run_options&) -> int {
        throw std::runtime_error{"no port"};
    };
    EXPECT_EQ(run({"run", "-c", http}, failing).status, exit_runtime);
}

TEST(cli, explain_tells_route_call_and_times) {
    const auto o = run({"explain", "-c", http, "product:a/b"});
    EXPECT_EQ(o.status, exit_ok);
    for (const char* part :
         {"products (routes[0])", "GET http://127.0.0.1:8080/products/a%2Fb",
          "Bearer ${CATALOG_TOKEN:-demo}", "cache:product:a/b", "fresh for:        1h"})
        EXPECT_NE(o.out.find(part), std::string::npos) << part << "\n" << o.out;
    EXPECT_EQ(o.out.find("Bearer demo"), std::string::npos) << "values from outside are not shown";
    EXPECT_NE(run({"explain", "-c", http, "product:.."}).out.find("refused:"), std::string::npos);
    EXPECT_NE(run({"explain", "-c", http, "x"})
                  .out.find("not products:     the key does not start with 'product:'"),
              std::string::npos);
    EXPECT_NE(run({"explain", "-c", command, "report:-v:1"}).out.find("argv[3]:          -v"),
              std::string::npos);
}

}  // namespace
}  // namespace herdgate
