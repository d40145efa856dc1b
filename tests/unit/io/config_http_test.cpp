// SPDX-License-Identifier: Apache-2.0
//
// The settings of HTTP loads that are about answers and further requests.
#include <gtest/gtest.h>

#include "herdgate/io/config_file.hpp"

namespace herdgate {
namespace {

config_report load(const std::string& settings) {
    return load_config_text(
        "routes:\n  - match: \"a:{x}\"\n    load: { http: { " + settings + " } }\n", {},
        config_environment{});
}

/// What is wrong with the settings of a load; empty if nothing is.
std::string wrong(const std::string& settings) {
    std::string text;
    const config_report report = load(settings);
    for (const diagnostic& d : report.diagnostics) {
        EXPECT_EQ(d.at.line, 3U);
        text += d.message + "\n";
    }
    EXPECT_EQ(text.empty(), report.value.has_value());
    return text;
}

http_load loaded(const std::string& settings) {
    config_report report = load(settings);
    EXPECT_TRUE(report.value) << settings;
    return report.value ? std::get<http_load>(report.value->routes.at(0).load) : http_load{};
}

const std::string url = "url: \"http://h/{x}\", ";

TEST(config_http, nothing_is_done_unless_it_is_asked_for) {
    const http_load made = loaded("url: \"http://h/{x}\"");
    EXPECT_EQ(made.retry.attempts, 0U);
    EXPECT_EQ(made.retry.statuses, (std::vector<int>{502, 503, 504}));
    EXPECT_TRUE(made.retry.connect);
    EXPECT_EQ(made.retry.budget, 2000);
    EXPECT_FALSE(made.cache_control || made.revalidate || made.extract);
    EXPECT_EQ(made.unix_path, "");
}

TEST(config_http, every_setting_arrives) {
    const http_load made =
        loaded(url +
               "retry: { attempts: 2, on: [ 429, 503 ], budget: 0.5% }, cache_control: honour, "
               "revalidate: true, extract: /a~1b/0");
    EXPECT_EQ(made.retry.attempts, 2U);
    EXPECT_EQ(made.retry.statuses, (std::vector<int>{429, 503}));
    EXPECT_FALSE(made.retry.connect);
    EXPECT_EQ(made.retry.budget, 50);
    EXPECT_TRUE(made.cache_control);
    EXPECT_TRUE(made.revalidate);
    EXPECT_EQ(made.extract, "/a~1b/0");
    EXPECT_FALSE(loaded(url + "revalidate: false, cache_control: ignore").revalidate);
    EXPECT_EQ(loaded(url + "extract: \"\"").extract, "") << "the whole document";
}

TEST(config_http, bad_values_are_errors_at_their_places) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"retry: 2", "'retry' must be a mapping of settings"},
        {"retry: { attempts: 6 }", "'6' is out of range"},
        {"retry: { on: 503 }", "'on' must be a list"},
        {"retry: { on: [ timeout ] }", "'timeout' is nothing to retry on"},
        {"retry: { on: [ 200 ] }", "'200' is nothing to retry on"},
        {"retry: { budget: 20 }", "'20' is not a percentage: add a %"},
        {"retry: { budget: 101% }", "'101%' is out of range"},
        {"retry: { budget: 0% }", "'0%' is out of range"},
        {"retry: { budgets: 1% }", "unknown key 'budgets'"},
        {"cache_control: true", "'true' is not one of the values of 'cache_control'"},
        {"revalidate: yes", "'yes' is not a boolean"},
        {"revalidate: \"on\"", "'on' is not a boolean"},
        {"revalidate: 1", "'1' is not a boolean"},
        {"revalidate: true, method: POST", "'revalidate' needs the method GET"},
        {"extract: data", "a JSON pointer starts with '/'"},
        {"extract: /a~2", "'~' without 0 or 1 in a JSON pointer"},
    };
    for (const auto& [setting, message] : cases)
        EXPECT_EQ(wrong(url + setting).substr(0, message.size()), message) << setting;
}

TEST(config_http, urls_name_unix_sockets_as_elsewhere) {
    const http_load made = loaded("url: \"http://unix:/run/app.sock:/p/{x}?q={x}\"");
    EXPECT_EQ(made.unix_path, "/run/app.sock");
    EXPECT_EQ(made.url.head(), "http://localhost/p/");
    EXPECT_EQ(made.url.source, "http://unix:/run/app.sock:/p/{x}?q={x}");
    EXPECT_EQ(loaded("url: \"http://unix:80/{x}\"").unix_path, "") << "a host of that name";
    EXPECT_EQ(loaded("url: \"http://unix:/" + std::string(106, 's') + ":/{x}\"").unix_path.size(),
              107U);
    const std::vector<std::pair<std::string, std::string>> cases{
        {"http://unix:/run/{x}.sock:/p", "the socket's path in the URL is not literal"},
        {"http://unix:/run/app.sock/{x}", "the socket's path in the URL is not literal"},
        {"http://unix:/:/{x}", "the socket's path in the URL must have"},
        {"http://unix:/" + std::string(107, 's') + ":/{x}",
         "the socket's path in the URL must have"},
        {"http://unix:/run/app.sock:{x}", "what comes after the socket in the URL must start with"},
        {"http://unix:/run/app.sock:/../{x}", "a path segment '.' or '..' in the URL"},
        {"https://unix:/run/app.sock:/{x}", "TLS by a unix socket"},
    };
    for (const auto& [text, message] : cases)
        EXPECT_EQ(wrong("url: \"" + text + "\"").substr(0, message.size()), message) << text;
}

}  // namespace
}  // namespace herdgate
