// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "herdgate/core/config/addresses.hpp"
#include "herdgate/core/config/config_tree.hpp"
#include "herdgate/core/config/field_table.hpp"
#include "herdgate/core/config/substitution.hpp"
#include "herdgate/core/config/units.hpp"

namespace herdgate {
namespace {

TEST(units, durations_and_sizes_need_a_unit) {
    EXPECT_EQ(*parse_duration("500ms"), 500);
    EXPECT_EQ(*parse_duration("30s"), 30'000);
    EXPECT_EQ(*parse_duration("7d"), 604'800'000);
    EXPECT_EQ(*parse_duration("0"), 0);
    EXPECT_EQ(*parse_size("16MiB"), 16 * 1024 * 1024);
    EXPECT_EQ(*parse_size("1B"), 1);
    for (const char* bad : {"", "30", "s", "-1s", "+1s", "1 s", "1.5s", "1S", "1h30m", "1sec",
                            "99999999999999999999s", "9223372036854775807d"})
        EXPECT_FALSE(parse_duration(bad)) << bad;
    for (const char* bad : {"", "16", "16MB", "16mib", "16M", "0x1B", "9223372036854775807GiB"})
        EXPECT_FALSE(parse_size(bad)) << bad;
    EXPECT_EQ(parse_duration("30").error().message, "is not a duration: add a unit");
    EXPECT_EQ(format_duration(90'000), "90s");
    EXPECT_EQ(format_duration(86'400'000), "1d");
    EXPECT_EQ(format_size(3 << 20), "3MiB");
}

TEST(units, percentages_are_hundredths_of_a_percent) {
    EXPECT_EQ(*parse_percent("20%"), 2000);
    EXPECT_EQ(*parse_percent("0%"), 0);
    EXPECT_EQ(*parse_percent("0"), 0);
    EXPECT_EQ(*parse_percent("0.5%"), 50);
    EXPECT_EQ(*parse_percent("12.05%"), 1205);
    EXPECT_EQ(*parse_percent("100%"), 10'000);
    for (const char* bad :
         {"", "%", "20", "-1%", "+1%", "1 %", ".5%", "1.%", "0.125%", "1.-1%", "1e2%", "20%%",
          "0x1%", "1,5%", "9223372036854775807%", "99999999999999999999%"})
        EXPECT_FALSE(parse_percent(bad)) << bad;
    EXPECT_EQ(parse_percent("20").error().message, "is not a percentage: add a %");
    for (const char* text : {"20%", "0.5%", "12.05%", "0.01%", "100%", "0%"})
        EXPECT_EQ(format_percent(*parse_percent(text)), text);
}

TEST(units, factors_are_thousandths) {
    EXPECT_EQ(*parse_factor("1.0"), 1000);
    EXPECT_EQ(*parse_factor("2"), 2000);
    EXPECT_EQ(*parse_factor("0.125"), 125);
    for (const char* bad : {"", ".", "1.", ".5", "-1", "+1.0", "1.0001", "1e3", "1,5", "a", "1.-5",
                            "99999999999999999999"})
        EXPECT_FALSE(parse_factor(bad)) << bad;
    for (const char* text : {"1.0", "0.125", "2.5", "10.0"})
        EXPECT_EQ(format_factor(*parse_factor(text)), text);
}

TEST(units, booleans_are_two_words) {
    EXPECT_EQ(*parse_boolean("true"), 1);
    EXPECT_EQ(*parse_boolean("false"), 0);
    for (const char* bad :
         {"", "yes", "no", "on", "off", "y", "n", "True", "FALSE", "1", "0", "true "})
        EXPECT_FALSE(parse_boolean(bad)) << bad;
}

TEST(field, percentages_and_booleans_say_what_they_take) {
    field share{.path = "a", .type = field_type::percent, .max = 10'000};
    EXPECT_EQ(share.constraint(), "0% to 100%");
    EXPECT_EQ((field{.path = "b", .type = field_type::boolean}).constraint(), "true|false");
}

config_environment world() {
    config_environment outside;
    outside.variable = [](const std::string& name) -> std::optional<std::string> {
        if (name == "A") return "value";
        if (name == "EMPTY") return "";
        if (name == "NESTED") return "${A}{x}";
        return std::nullopt;
    };
    outside.file = [](const std::string& path) {
        using content = boost::system::result<std::string, std::string>;
        if (path == "/secret") return content{boost::system::in_place_value, "s3cret\r\n"};
        return content{boost::system::in_place_error, "No such file"};
    };
    return outside;
}

std::string substituted(std::string_view text,
                        substitution_target target = substitution_target::text) {
    const auto done = substitute(text, world(), target);
    return done ? done->text
                : "error " + std::to_string(done.error().offset) + ": " + done.error().message;
}

TEST(substitution, rules) {
    EXPECT_EQ(substituted("a${A}b"), "avalueb");
    EXPECT_EQ(substituted("${NONE:-d:-e}"), "d:-e");
    EXPECT_EQ(substituted("${EMPTY:-d}"), "d");
    EXPECT_EQ(substituted("${EMPTY}"), "");
    EXPECT_EQ(substituted("${NONE:-}"), "");
    EXPECT_EQ(substituted("${file:/secret}"), "s3cret");
    EXPECT_EQ(substituted("$$ $${A} $x $"), "$ ${A} $x $");
    EXPECT_EQ(substituted("${NESTED}"), "${A}{x}") << "no recursion";
    EXPECT_EQ(substituted("{id}${NESTED}", substitution_target::braces), "{id}${{A}}{{x}}");
    EXPECT_EQ(substituted("ab${NONE}"), "error 2: environment variable 'NONE' is not set");
    EXPECT_EQ(substituted("${A"), "error 0: '${' without '}'");
    EXPECT_EQ(substituted("${}"), "error 0: '${' without a variable's name");
    EXPECT_EQ(substituted("${1A}"), "error 0: '${' without a variable's name");
    EXPECT_EQ(substituted("${file:/none}"), "error 0: cannot read '/none': No such file");
    EXPECT_FALSE(substitute("$$", world(), substitution_target::text)->changed);
    EXPECT_TRUE(substitute("${A}", world(), substitution_target::text)->changed);
}

TEST(addresses, listening) {
    for (const char* good : {"127.0.0.1:0", "0.0.0.0:65535", "[::1]:6380", "[::]:1", "localhost:1",
                             "unix:/a", "[::ffff:1.2.3.4]:1"})
        EXPECT_TRUE(parse_address(good, true)) << good;
    for (const char* bad :
         {"", "6380", ":6380", "*:1", "host:1", "1.2.3:1", "1.2.3.256:1",
          "127.0.0.1:", "127.0.0.1:65536", "[::1:1", "::1:1", "[1::2::3]:1", "[:::]:1",
          "[1:2:3:4:5:6:7:8:9]:1", "[12345::]:1", "unix:", "127.0.0.1:-1", "127.0.0.1:01"})
        EXPECT_FALSE(parse_address(bad, true)) << bad;
    EXPECT_TRUE(parse_address("unix:" + std::string(107, 'a'), true));
    EXPECT_FALSE(parse_address("unix:" + std::string(108, 'a'), true));
    EXPECT_FALSE(parse_address("unix:/a", false));
    EXPECT_TRUE(is_local(*parse_address("127.8.0.1:1", true)));
    EXPECT_TRUE(is_local(*parse_address("unix:/a", true)));
    EXPECT_FALSE(is_local(*parse_address("[::]:1", true)));
    EXPECT_TRUE(is_network("10.0.0.0/8"));
    EXPECT_TRUE(is_network("fd00::/128"));
    for (const char* bad : {"10.0.0.0/33", "fd00::/129", "10/8", "::1/", "a", ""})
        EXPECT_FALSE(is_network(bad)) << bad;
}

TEST(overrides, create_and_replace) {
    config_node root;
    ASSERT_TRUE(apply_override(root, *parse_override("log.level=debug")));
    ASSERT_TRUE(apply_override(root, *parse_override("routes[0].ttl=a=b")));
    ASSERT_TRUE(apply_override(root, *parse_override("log.level=warn")));
    EXPECT_EQ(root.find("log")->find("level")->text, "warn");
    EXPECT_EQ(root.find("routes")->items.at(0).find("ttl")->text, "a=b");
    for (const char* bad : {"routes[2].ttl=1", "routes[x]=1", "routes[0=1", "log.level.x=1",
                            "log..x=1", "routes.ttl=1"})
        EXPECT_FALSE(apply_override(root, *parse_override(bad))) << bad;
    EXPECT_FALSE(parse_override("log.level"));
    EXPECT_FALSE(parse_override("=x"));
}

TEST(field_table, is_complete_and_in_the_documentation) {
    std::ifstream file{HERDGATE_SOURCE_DIR "/docs/configuration.md"};
    std::ostringstream text;
    text << file.rdbuf();
    EXPECT_NE(text.str().find(field_reference()), std::string::npos)
        << "docs/configuration.md does not hold the reference as the field table has it:\n"
        << field_reference();
    for (const field& f : field_table()) {
        if (f.type == field_type::unsupported) continue;
        EXPECT_FALSE(f.doc.empty()) << f.path;
        EXPECT_NE(text.str().find("`" + std::string{f.path} + "`"), std::string::npos) << f.path;
        const bool structure = f.type == field_type::section ||
                               f.type == field_type::section_list ||
                               f.type == field_type::alternatives;
        EXPECT_TRUE(structure || f.assign != nullptr) << f.path;
        if (!f.parent().empty()) {
            std::string_view parent = f.parent();
            if (parent.ends_with("[]")) parent.remove_suffix(2);
            EXPECT_NE(find_field(parent), nullptr) << f.path;
        }
    }
}

}  // namespace
}  // namespace herdgate
