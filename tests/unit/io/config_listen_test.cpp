// SPDX-License-Identifier: Apache-2.0
//
// Where clients connect, from the file's text; what is said of TLS files.
#include <gtest/gtest.h>

#include "herdgate/io/config_file.hpp"
#include "herdgate/io/diagnostic_format.hpp"

namespace herdgate {
namespace {

using file = tls_file_problem::file;

/// In a world where TLS files are as `problem` says.
config_file_report load(std::string_view text, std::optional<tls_file_problem> problem = {}) {
    config_environment outside;
    outside.variable = [](const std::string&) { return "hunter2"; };
    outside.tls_files = [&](const server_tls&) { return problem; };
    config_file_report report;
    report.path = "c.yaml";
    report.text = text;
    static_cast<config_report&>(report) = load_config_text(text, {}, outside);
    return report;
}

std::string brief(std::string_view text, std::optional<tls_file_problem> problem = {}) {
    std::string result;
    for (const auto& d : load(text, std::move(problem)).diagnostics)
        result +=
            std::to_string(d.at.line) + ":" + std::to_string(d.at.column) + ": " + d.message + "\n";
    return result;
}

const std::string with_tls =
    "listen: [ { address: 127.0.0.1:1, tls: { cert: a, key: b, client_ca: c } } ]";

TEST(config_listen, tls_is_each_listeners_own) {
    const auto report = load(R"(
listen:
  - { address: 127.0.0.1:1, tls: { cert: a, key: b } }
  - address: 127.0.0.1:2
  - { tls: { cert: c, key: d, client_ca: e }, address: "unix:/s" }
)");
    ASSERT_TRUE(report.value) << format_diagnostics(report, diagnostic_format::text);
    EXPECT_TRUE(report.diagnostics.empty());
    const auto& listen = report.value->listen;
    ASSERT_EQ(listen.size(), 3U);
    EXPECT_EQ(listen[0].tls->cert + listen[0].tls->key + listen[0].tls->client_ca, "ab");
    EXPECT_FALSE(listen[1].tls);
    EXPECT_EQ(listen[2].tls->cert + listen[2].tls->key + listen[2].tls->client_ca, "cde");
    EXPECT_EQ(listen[2].unix_path, "/s");
    EXPECT_NE(report.value->shown.find(R"("client_ca": "e")"), std::string::npos);
}

TEST(config_listen, every_setting_has_a_bad_value) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"tls: x", "1:40: 'tls' must be a mapping of settings"},
        {"tls: {}", "1:40: 'cert' is missing in listen[0].tls\n1:40: 'key' is missing"},
        {"tls: { cert: a }", "1:40: 'key' is missing in listen[0].tls"},
        {"tls: { key: a }", "1:40: 'cert' is missing in listen[0].tls"},
        {"tls: { cert: '', key: a }", "1:48: an empty path"},
        {"tls: { cert: a, key: '' }", "1:56: an empty path"},
        {"tls: { cert: a, key: b, client_ca: '' }", "1:70: an empty path"},
        {"tls: { cert: a, key: b, client_ca: [] }", "1:70: 'client_ca' must be a single value"},
        {"tls: { cert: a, key: b, ca: c }", "1:59: unknown key 'ca' in listen[0].tls"},
    };
    for (const auto& [setting, expected] : cases)
        EXPECT_EQ(brief("listen: [ { address: 127.0.0.1:1, " + setting + " } ]")
                      .substr(0, expected.size()),
                  expected)
            << setting;
}

TEST(config_listen, a_file_that_cannot_be_used_is_an_error_at_its_place) {
    EXPECT_EQ(brief(with_tls, tls_file_problem{file::cert, "no"}),
              "1:48: 'a' cannot be used: no\n");
    EXPECT_EQ(brief(with_tls, tls_file_problem{file::key, "no"}), "1:56: 'b' cannot be used: no\n");
    const auto report = load(with_tls, tls_file_problem{file::client_ca, "no"});
    EXPECT_FALSE(report.value);
    EXPECT_EQ(report.diagnostics.at(0).message, "'c' cannot be used: no");
    EXPECT_FALSE(report.diagnostics.at(0).hint.empty());
}

TEST(config_listen, a_file_that_cannot_be_read_here_is_a_warning) {
    const auto report = load(with_tls, tls_file_problem{file::key, "No such file", true});
    EXPECT_TRUE(report.value);
    ASSERT_EQ(report.diagnostics.size(), 1U);
    EXPECT_EQ(report.diagnostics[0].level, severity::warning);
    EXPECT_EQ(report.diagnostics[0].message, "'b' cannot be read here: No such file");
}

TEST(config_listen, a_certificate_says_nothing_about_users) {
    EXPECT_NE(brief("listen: [ { address: 0.0.0.0:1, tls: { cert: a, key: b, client_ca: c } } ]")
                  .find("clients of other hosts will be refused: no users are configured"),
              std::string::npos);
}

TEST(config_listen, no_substituted_path_is_shown) {
    const auto report =
        load("listen: [ { address: 127.0.0.1:1, tls: { cert: \"${DIR}/a\", key: b } } ]",
             tls_file_problem{file::cert, "no"});
    EXPECT_EQ(format_diagnostics(report, diagnostic_format::text).find("hunter2"),
              std::string::npos);
}

TEST(config_listen, the_files_of_this_machine_are_looked_at) {
    const config_environment outside = process_environment();
    const auto missing = outside.tls_files({"/nowhere/a", "/nowhere/b", ""});
    ASSERT_TRUE(missing);
    EXPECT_TRUE(missing->unreadable);
    EXPECT_EQ(missing->which, file::cert);
    EXPECT_EQ(missing->message, "No such file or directory");
    const auto empty = outside.tls_files({"/dev/null", "/dev/null", ""});
    ASSERT_TRUE(empty);
    EXPECT_FALSE(empty->unreadable);
    EXPECT_EQ(empty->which, file::cert);
}

}  // namespace
}  // namespace herdgate
