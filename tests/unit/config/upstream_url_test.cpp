// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/config/upstream_url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace herdgate {
namespace {

// "host:port/database", with "tls " before it and " user:password" after it.
std::string read(std::string_view url) {
    const auto made = parse_upstream_url(url);
    if (!made) return std::to_string(made.error().offset) + ": " + made.error().message;
    std::string text = made->tls ? "tls " : "";
    text += made->unix_path.empty() ? made->host + ":" + std::to_string(made->port)
                                    : "unix " + made->unix_path;
    text += "/" + std::to_string(made->database);
    if (!made->password.empty()) text += " " + made->username + ":" + made->password;
    return text;
}

TEST(upstream_url, names_a_tcp_endpoint) {
    EXPECT_EQ(read("redis://redis"), "redis:6379/0");
    EXPECT_EQ(read("redis://127.0.0.1:7000/"), "127.0.0.1:7000/0");
    EXPECT_EQ(read("redis://redis-1.internal_x/15"), "redis-1.internal_x:6379/15");
    EXPECT_EQ(read("redis://[::1]:65535/65535"), "::1:65535/65535");
    EXPECT_EQ(read("redis://[fd00::1]"), "fd00::1:6379/0");
    EXPECT_EQ(read("rediss://redis:1"), "tls redis:1/0");
}

TEST(upstream_url, names_a_user) {
    EXPECT_EQ(read("redis://app:pw@h"), "h:6379/0 app:pw");
    EXPECT_EQ(read("redis://:pw@h:1/2"), "h:1/2 :pw");
    EXPECT_EQ(read("rediss://a%40b:p%2F%3a%25@h"), "tls h:6379/0 a@b:p/:%");
    EXPECT_EQ(read("redis://app:p@w:d@h"), "h:6379/0 app:p@w:d") << "the last '@' counts";
}

TEST(upstream_url, names_a_unix_socket) {
    EXPECT_EQ(read("unix:///run/redis.sock"), "unix /run/redis.sock/0");
    EXPECT_EQ(read("unix:/s"), "unix /s/0");
    EXPECT_EQ(read("unix:///s?db=7"), "unix /s/7");
    EXPECT_EQ(read("unix:/" + std::string(106, 'a')), "unix /" + std::string(106, 'a') + "/0");
    EXPECT_EQ(read("unix:/" + std::string(107, 'a')), "5: a path longer than 107 bytes");
}

TEST(upstream_url, says_what_is_wrong_and_where) {
    const std::string host = "not a host";
    const std::string port = "the port must be from 1 to 65535";
    const std::string database = "the database must be a number from 0 to 65535";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "0: not an upstream's URL"},
        {"localhost:6379", "0: not an upstream's URL"},
        {"http://h", "0: not an upstream's URL"},
        {"redis:h", "0: not an upstream's URL"},
        {"sentinel://h:1/m/0", "0: sentinel:// is not supported by this version"},
        {"cluster://h:1,i:2", "0: cluster:// is not supported by this version"},
        {"redis://", "8: the host is missing"},
        {"redis:///0", "8: the host is missing"},
        {"redis://:6379", "8: the host is missing"},
        {"redis://a:b@", "12: the host is missing"},
        {"redis://h h", "8: " + host},
        {"redis://h,i", "8: " + host},
        {"redis://" + std::string(254, 'h'), "8: " + host},
        {"redis://[::1]x", "8: " + host},
        {"redis://[::1", "8: not an IPv6 address in brackets"},
        {"redis://[", "8: not an IPv6 address in brackets"},
        {"redis://[h]", "8: not an IPv6 address in brackets"},
        {"redis://::1", "8: the host is missing"},
        {"redis://h::1", "10: " + port},
        {"redis://h:", "10: " + port},
        {"redis://h:0", "10: " + port},
        {"redis://h:65536", "10: " + port},
        {"redis://h:x", "10: " + port},
        {"redis://h/x", "10: " + database},
        {"redis://h/0/1", "10: " + database},
        {"redis://h/01", "10: " + database},
        {"redis://h/65536", "10: " + database},
        {"redis://h?db=1", "9: this URL has no parameters"},
        {"redis://h#1", "9: this URL has no parameters"},
        {"redis://app@h", "8: a user without a password"},
        {"redis://app:@h", "8: an empty password"},
        {"redis://a:%4@h", "8: '%' without two hexadecimal digits in the user or the password"},
        {"redis://%zz:a@h", "8: '%' without two hexadecimal digits in the user or the password"},
        {"unix:", "5: a unix socket's path begins with '/'"},
        {"unix://host/s", "7: a unix socket's path begins with '/'"},
        {"unix:s", "5: a unix socket's path begins with '/'"},
        {std::string{"unix:/a\0", 8}, "5: not a path"},
        {"unix:/s?x=1", "7: the only parameter is 'db'"},
        {"unix:/s?db=", "11: " + database},
    };
    for (const auto& [url, expected] : cases) EXPECT_EQ(read(url), expected) << url;
}

TEST(upstream_url, repeats_nothing_of_a_bad_one) {
    for (const char* url : {"redis://hunter2@h", "redis://a:hunter2%@h", "redis://a:hunter2/b@h",
                            "redis://:hunter2#@h", "hunter2://a", "redis://hunter2:hunter2@h:x"}) {
        const auto made = parse_upstream_url(url);
        ASSERT_FALSE(made) << url;
        EXPECT_EQ((made.error().message + made.error().hint).find("hunter2"), std::string::npos);
    }
}

}  // namespace
}  // namespace herdgate
