// SPDX-License-Identifier: Apache-2.0
//
// Settings of a route's policy: what arrives, and what is refused, with its place.
#include <gtest/gtest.h>

#include "herdgate/io/config_file.hpp"
#include "herdgate/io/diagnostic_format.hpp"

namespace herdgate {
namespace {

config_file_report load(const std::string& settings, const std::string& top = "") {
    const std::string text = top + "routes:\n  - match: \"k:{id}\"\n" + settings;
    config_file_report report;
    report.path = "c.yaml";
    report.text = text;
    config_environment outside;
    outside.variable = [](const std::string&) { return std::nullopt; };
    static_cast<config_report&>(report) = load_config_text(text, {}, outside);
    return report;
}

const std::string http = "    load: { http: { url: \"http://h/{id}\" } }\n";
const std::string client = "    load: client\n";

route made(const std::string& settings, const std::string& top = "") {
    const auto report = load(settings, top);
    if (!report.value) {
        ADD_FAILURE() << format_diagnostics(report, diagnostic_format::text);
        return {};
    }
    return report.value->routes.at(0);
}

/// "line:column: message" of each diagnostic; the settings begin in line 3.
std::string wrong(const std::string& settings) {
    std::string result;
    for (const auto& d : load(settings).diagnostics)
        result +=
            std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ": " + d.message + "\n";
    return result;
}

TEST(config_policy, refreshes_before_the_end) {
    EXPECT_FALSE(made(http).policy.refresh.by_chance());
    const auto ahead = made(http + "    refresh: { ahead: 5s, probability: 10% }\n").policy.refresh;
    EXPECT_EQ(ahead.ahead, seconds{5});
    EXPECT_DOUBLE_EQ(ahead.probability, 0.1);
    EXPECT_DOUBLE_EQ(made(http + "    refresh: { ahead: 5s }\n").policy.refresh.probability, 1);
    EXPECT_DOUBLE_EQ(made(http + "    refresh: { xfetch: 1.5 }\n").policy.refresh.xfetch, 1.5);
    const auto every = made(http + "    refresh: { every: 10s, idle: 5m }\n").policy.refresh;
    EXPECT_EQ(every.every, seconds{10});
    EXPECT_EQ(every.idle, seconds{300});
    EXPECT_EQ(wrong(http + "    refresh: {}\n"),
              "4:14: 'refresh' needs one of 'ahead', 'xfetch' and 'every'\n");
    EXPECT_EQ(wrong(http + "    refresh: { ahead: 1s, xfetch: 1.0 }\n"),
              "4:14: 'refresh' needs one of 'ahead', 'xfetch' and 'every'\n");
    EXPECT_EQ(wrong(http + "    refresh: { xfetch: 1.0, probability: 1% }\n"),
              "4:14: 'refresh' needs one of 'ahead', 'xfetch' and 'every'\n"
              "4:42: 'probability' needs 'ahead'\n");
    EXPECT_EQ(wrong(http + "    refresh: { ahead: 1m }\n"),
              "4:23: refresh.ahead is not shorter than the TTL\n");
    EXPECT_EQ(wrong(http + "    refresh: { every: 2m }\n"),
              "4:23: refresh.every is not shorter than the TTL\n");
    EXPECT_EQ(wrong(http + "    refresh: { ahead: 1s, idle: 1h }\n"),
              "4:33: 'idle' needs 'every'\n");
    EXPECT_EQ(wrong(http + "    refresh: { ahead: 1s, probability: 101% }\n").substr(0, 5),
              "4:40:");
    EXPECT_EQ(wrong(http + "    refresh: { xfetch: much }\n").substr(0, 5), "4:24:");
    EXPECT_EQ(wrong(http + "    refresh: { xfetch: 0 }\n").substr(0, 5), "4:24:");
}

TEST(config_policy, sliding_windows) {
    const auto sliding =
        made(http + "    sliding: { window: 10s, extend: 1m, max_age: 1d }\n").policy.sliding;
    ASSERT_TRUE(sliding);
    EXPECT_EQ(sliding->window, seconds{10});
    EXPECT_EQ(sliding->extend, seconds{60});
    EXPECT_EQ(sliding->max_age, seconds{86'400});
    EXPECT_EQ(wrong(http + "    sliding: { window: 10s, extend: 1m }\n").substr(0, 32),
              "4:14: 'max_age' is missing in ro");
    EXPECT_EQ(wrong(http + "    sliding: { window: 1m, extend: 1m, max_age: 1d }\n"),
              "4:14: sliding.extend is not longer than sliding.window\n");
    EXPECT_EQ(wrong(http + "    sliding: { window: 1s, extend: 2s, max_age: 3s }\n"),
              "4:14: sliding.max_age is shorter than the TTL\n");
    EXPECT_EQ(wrong(http + "    refresh: { xfetch: 1.0 }\n"
                           "    sliding: { window: 1s, extend: 1m, max_age: 1d }\n"),
              "5:14: 'sliding' and 'refresh' exclude each other\n");
}

TEST(config_policy, times_and_shares) {
    const route r = made(http +
                         "    jitter: 12.5%\n    soft_timeout: 100ms\n"
                         "    wait: { then: load }\n    breaker: { failures: 5, open: 10s }\n");
    EXPECT_DOUBLE_EQ(r.policy.jitter, 0.125);
    EXPECT_EQ(r.policy.soft_timeout, milliseconds{100});
    EXPECT_EQ(r.policy.wait.then, route_policy::wait_end::load);
    EXPECT_EQ(r.policy.breaker.failures, 5U);
    EXPECT_EQ(r.policy.breaker.open, seconds{10});
    EXPECT_EQ(made(http + "    breaker: { failures: 1 }\n").policy.breaker.open, seconds{30});
    EXPECT_EQ(wrong(http + "    breaker: { open: 1s }\n").substr(0, 34),
              "4:14: 'failures' is missing in rou");
    EXPECT_EQ(wrong(http + "    jitter: 10\n"), "4:13: '10' is not a percentage: add a %\n");
}

TEST(config_policy, writes) {
    EXPECT_EQ(made(http).policy.writes, route_policy::write::store);
    EXPECT_EQ(made(http + "    writes: reject\n").policy.writes, route_policy::write::reject);
    EXPECT_EQ(wrong(http + "    writes: passthrough\n"), "4:13: 'passthrough' needs an upstream\n");
    EXPECT_EQ(made(http + "    writes: passthrough\n", "upstream: { url: \"redis://h\" }\n")
                  .policy.writes,
              route_policy::write::passthrough);
}

TEST(config_policy, clients_that_load) {
    const route plain = made(client);
    EXPECT_EQ(std::get<client_load>(plain.load).lease, seconds{10});
    EXPECT_EQ(plain.policy.wait.timeout, seconds{30}) << "three leases";
    EXPECT_EQ(plain.policy.wait.then, route_policy::wait_end::nil);
    const route given = made(client + "    lease: 3s\n    wait: { timeout: 1s, then: error }\n");
    EXPECT_EQ(std::get<client_load>(given.load).lease, seconds{3});
    EXPECT_EQ(given.policy.wait.timeout, seconds{1});
    EXPECT_EQ(given.policy.wait.then, route_policy::wait_end::error);
    EXPECT_EQ(wrong(http + "    lease: 3s\n"), "4:12: 'lease' needs 'load: client'\n");
    EXPECT_EQ(wrong(client + "    wait: { then: load }\n"),
              "4:19: with 'load: client' there is no load that herdgate could do\n");
    EXPECT_EQ(wrong(client + "    writes: reject\n"),
              "4:13: with 'load: client' clients' writes are what is stored\n");
    EXPECT_EQ(wrong(client + "    refresh: { xfetch: 1.0 }\n"),
              "2:5: with 'load: client' herdgate cannot load by itself\n");
    EXPECT_EQ(wrong("    load: nobody\n").substr(0, 49),
              "3:11: 'load' must be a mapping of settings\n");
}

TEST(config_policy, keys_to_warm) {
    const route r =
        made(http + "    warm: { keys: [ \"k:1\", \"k:2\" ], file: hot.txt, rate: 10 }\n");
    EXPECT_EQ(r.warm.keys, (std::vector<std::string>{"k:1", "k:2"}));
    EXPECT_EQ(r.warm.file, "hot.txt");
    EXPECT_EQ(r.warm.rate, 10U);
    EXPECT_EQ(wrong(http + "    warm: { keys: [ \"other:1\" ] }\n").substr(0, 5), "4:21:");
    EXPECT_EQ(wrong(http + "    warm: { rate: 0 }\n").substr(0, 5), "4:19:");
}

}  // namespace
}  // namespace herdgate
