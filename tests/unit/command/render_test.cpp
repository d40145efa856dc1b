// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/render.hpp"

#include <gtest/gtest.h>

#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

using namespace std::string_literals;

text_template tmpl(const route& r, std::string_view text) {
    return *parse_template(text, r.match.names());
}

route with_pattern(std::string_view pattern) {
    route r;
    r.match = *route_pattern::parse(pattern);
    return r;
}

// The rendered URL, or "refused: …".
std::string url(std::string_view pattern, std::string_view text, std::string_view key) {
    route r = with_pattern(pattern);
    http_load load;
    load.url = tmpl(r, text);
    EXPECT_FALSE(url_problem(load.url)) << text;
    r.load = load;
    captures found;
    EXPECT_TRUE(r.match.match(key, found));
    const auto call = render(r, key, found);
    return call ? std::get<http_call>(*call).url : "refused: " + call.error().reason;
}

TEST(render_url, encodes_captures_for_their_place) {
    const std::string path = "http://h:8080/p/{x}";
    EXPECT_EQ(url("k:{x*}", path, "k:42"), "http://h:8080/p/42");
    EXPECT_EQ(url("k:{x*}", path, "k:AZaz09-._~"), "http://h:8080/p/AZaz09-._~");
    EXPECT_EQ(url("k:{x*}", path, "k:../admin"), "http://h:8080/p/..%2Fadmin");
    EXPECT_EQ(url("k:{x*}", path, "k:%2f"), "http://h:8080/p/%252f");
    EXPECT_EQ(url("k:{x*}", path, "k:%2e%2e"), "http://h:8080/p/%252e%252e");
    EXPECT_EQ(url("k:{x*}", path, "k:a\r\nHost: b"), "http://h:8080/p/a%0D%0AHost%3A%20b");
    EXPECT_EQ(url("k:{x*}", path, "k:a?b=c&d#e"), "http://h:8080/p/a%3Fb%3Dc%26d%23e");
    EXPECT_EQ(url("k:{x*}", path, "k:\xc3\xa9"), "http://h:8080/p/%C3%A9");
    EXPECT_EQ(url("k:{x*}", path, "k:+ @\\"), "http://h:8080/p/%2B%20%40%5C");
    EXPECT_EQ(url("k:{x*}", "http://h/?q={x}&r=1", "k:a&b=c"), "http://h/?q=a%26b%3Dc&r=1");
    EXPECT_EQ(url("k:{x*}", "http://h/?q={x}", "k:.."), "http://h/?q=..");
    EXPECT_EQ(url("k:{x*}", "http://h/{x}.json", "k:."), "http://h/..json");
}

TEST(render_url, refuses_segments_that_would_go_elsewhere) {
    const std::string dots = "refused: a path segment of the URL would be '.' or '..'";
    EXPECT_EQ(url("k:{x*}", "http://h/p/{x}", "k:."), dots);
    EXPECT_EQ(url("k:{x*}", "http://h/p/{x}", "k:.."), dots);
    EXPECT_EQ(url("k:{x*}", "http://h/p/{x}/y", "k:.."), dots);
    EXPECT_EQ(url("k:{x*}", "http://h/{x}?a=b", "k:.."), dots);
    EXPECT_EQ(url("k:{x*}", "http://h/.{x}", "k:."), dots);
    EXPECT_EQ(url("k:{x*}", "http://h/%2e{x}", "k:."), dots);
    EXPECT_EQ(url("{a}:{b}", "http://h/{a}{b}", ".:."), dots);
    EXPECT_EQ(url("k:{x*}", "http://h/{x}", "k:..."), "http://h/...");
    EXPECT_EQ(url("regex:k(?P<x>.*)", "http://h/{x}/y", "k"),
              "refused: a path segment of the URL would be empty");
    EXPECT_EQ(url("k:{x*}", "http://h/{x}", "k:a\0b"s), "refused: it contains a NUL byte");
}

TEST(render_url, refuses_keys_past_the_limit) {
    const std::string key(limits::routed_key_bytes, 'a');
    EXPECT_EQ(url("{x*}", "http://h/{x}", key), "http://h/" + key);
    EXPECT_EQ(url("{x*}", "http://h/{x}", key + "a"), "refused: it is longer than 1024 bytes");
}

std::string header(std::string_view text, std::string_view key) {
    route r = with_pattern("regex:k(?P<x>(?s).*)");
    http_load load;
    load.url = tmpl(r, "http://h/");
    load.headers = {{"X-Key", tmpl(r, text)}};
    r.load = load;
    captures found;
    EXPECT_TRUE(r.match.match(key, found));
    const auto call = render(r, key, found);
    return call ? std::get<http_call>(*call).headers.at(0) : "refused: " + call.error().reason;
}

TEST(render_header, refuses_control_bytes_and_empty_values) {
    EXPECT_EQ(header("a {x}", "kb\tc\xc3\xa9"), "X-Key: a b\tc\xc3\xa9");
    for (const char c : {'\r', '\n', '\x01', '\x1f', '\x7f'})
        EXPECT_EQ(header("a {x}", "k"s + c),
                  "refused: header 'X-Key' would contain a control byte");
    EXPECT_EQ(header("{x}", "k"), "refused: header 'X-Key' would be empty");
    EXPECT_EQ(header("{x}", "k "), "refused: header 'X-Key' would be empty");
}

std::string command(const std::vector<std::string>& argv, std::string_view key,
                    bool input = false) {
    route r = with_pattern("regex:k(?P<x>.*),(?P<y>.*)");
    command_load load;
    for (const auto& argument : argv) load.argv.push_back(tmpl(r, argument));
    load.env = {{"K", tmpl(r, "<{x}>")}};
    load.stdin_key = input;
    r.load = load;
    captures found;
    EXPECT_TRUE(r.match.match(key, found));
    const auto call = render(r, key, found);
    if (!call) return "refused: " + call.error().reason;
    std::string text;
    const auto& made = std::get<command_call>(*call);
    for (const auto& argument : made.argv) text += argument + "|";
    return text + made.env.at(0) + "|" + made.input;
}

TEST(render_command, a_capture_never_starts_an_option) {
    EXPECT_EQ(command({"/p", "{x}"}, "ka,b"), "/p|a|K=<a>|");
    EXPECT_EQ(command({"/p", "{x}"}, "k-rf,b"), "refused: argument 1 would start with '-'");
    EXPECT_EQ(command({"/p", "{x}{y}"}, "k,-y"), "refused: argument 1 would start with '-'");
    EXPECT_EQ(command({"/p", "--day={x}"}, "k-1,b"), "/p|--day=-1|K=<-1>|");
    EXPECT_EQ(command({"/p", "--", "{x}"}, "k-1,b"), "/p|--|-1|K=<-1>|");
    EXPECT_EQ(command({"/p", "{x}", "--"}, "k-1,b"), "refused: argument 1 would start with '-'");
    EXPECT_EQ(command({"/p", "{x}", "{y}"}, "k--,-y"), "refused: argument 1 would start with '-'");
    EXPECT_EQ(command({"--", "{x}"}, "k-1,b"), "refused: argument 1 would start with '-'");
    EXPECT_EQ(command({"/p", "$(id);{x}"}, "k`id`,b", true), "/p|$(id);`id`|K=<`id`>|k`id`,b");
}

TEST(template_check, urls) {
    const std::vector<std::pair<std::string, std::string>> bad{
        {"ftp://h/{x}", "a URL starts with http:// or https://"},
        {"{x}", "a URL starts with http:// or https://"},
        {"http://{x}/", "captures may come only after the URL's host and a '/'"},
        {"http://h{x}", "captures may come only after the URL's host and a '/'"},
        {"http://h:{x}/", "captures may come only after the URL's host and a '/'"},
        {"http:///{x}", "the URL has no host"},
        {"http://u:p@h/{x}", "a URL with a user in it"},
        {"http://h:0/{x}", "the URL's port is not a number from 1 to 65535"},
        {"http://h:65536/{x}", "the URL's port is not a number from 1 to 65535"},
        {"http://h:/{x}", "the URL's port is not a number from 1 to 65535"},
        {"http://[::1/{x}", "'[' without ']' in the URL's host"},
        {"http://[::1]x/{x}", "text after the URL's host"},
        {"http://h%41/{x}", "the URL's host holds a character that host names cannot have"},
        {"http://h/{x}#f", "a URL's fragment ('#') is never sent"},
        {"http://h/a b/{x}", "a character that a URL cannot hold"},
        {"http://h/\\{x}", "a character that a URL cannot hold"},
        {"http://h/%{x}", "'%' without two hexadecimal digits"},
        {"http://h/a/../{x}", "a path segment '.' or '..' in the URL"},
        {"http://h/%2E%2e/{x}", "a path segment '.' or '..' in the URL"},
    };
    for (const auto& [text, message] : bad) {
        const auto found = url_problem(*parse_template(text, {"x"}));
        ASSERT_TRUE(found) << text;
        EXPECT_EQ(found->message, message) << text;
    }
    for (const char* text :
         {"http://h", "https://h:443/{x}?a={x}", "http://[::1]:80/{x}", "http://a-b.c_d/%7B{x}"})
        EXPECT_FALSE(url_problem(*parse_template(text, {"x"}))) << text;
}

TEST(template_check, names_headers_programs) {
    EXPECT_EQ(parse_template("{y}", {"x"}).error().message, "unknown capture 'y'");
    EXPECT_EQ(parse_template("{y}", {"x"}).error().hint, "the route's pattern captures {x}");
    EXPECT_FALSE(parse_template("{x*}", {"x"}));
    EXPECT_TRUE(parse_template("{{x}}", {})->is_literal());
    EXPECT_TRUE(header_problem("A B", *parse_template("v", {})));
    EXPECT_TRUE(header_problem("Content-Length", *parse_template("1", {})));
    EXPECT_TRUE(header_problem("A", *parse_template("a\r\nb", {})));
    EXPECT_TRUE(header_problem("A", *parse_template(" ", {})));
    EXPECT_FALSE(header_problem("A", *parse_template("{x}", {"x"})));
    EXPECT_TRUE(program_problem(*parse_template("{x}", {"x"})));
    EXPECT_TRUE(program_problem(*parse_template("bin/x", {})));
    EXPECT_TRUE(program_problem(*parse_template("", {})));
    EXPECT_FALSE(program_problem(*parse_template("report", {})));
    EXPECT_TRUE(variable_problem("1A", *parse_template("", {})));
    EXPECT_TRUE(variable_problem("A=B", *parse_template("", {})));
    EXPECT_TRUE(argument_problem(*parse_template("a\0b"s, {})));
}

}  // namespace
}  // namespace herdgate
