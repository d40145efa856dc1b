// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/address_policy.hpp"

#include <gtest/gtest.h>

namespace herdgate {
namespace {

bool refuses(const address_policy& policy, std::string_view text) {
    const std::optional<ip_address> address = ip_address::parse(text);
    EXPECT_TRUE(address.has_value()) << text;
    return policy.refuses(address.value());
}

TEST(address_policy, refuses_link_local_and_metadata_addresses) {
    const address_policy policy;
    for (const std::string_view text :
         {"169.254.169.254", "169.254.0.0", "169.254.255.255", "169.254.170.2", "fe80::1",
          "fe80::1%eth0", "febf:ffff::1", "fd00:ec2::254"}) {
        EXPECT_TRUE(refuses(policy, text)) << text;
    }
}

TEST(address_policy, refuses_ipv4_in_its_ipv6_disguises) {
    const address_policy policy;
    for (const std::string_view text : {"::ffff:169.254.169.254", "::ffff:a9fe:a9fe",
                                        "::169.254.169.254", "64:ff9b::169.254.169.254"}) {
        EXPECT_TRUE(refuses(policy, text)) << text;
    }
}

TEST(address_policy, admits_everything_else) {
    const address_policy policy;
    for (const std::string_view text :
         {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.253.255.255", "169.255.0.0", "::1",
          "::", "fec0::1", "fe7f::1", "fd00:ec2::253", "fd00:ec2::1:254", "2001:db8::1", "8.8.8.8",
          "::ffff:127.0.0.1"}) {
        EXPECT_FALSE(refuses(policy, text)) << text;
    }
}

TEST(address_policy, admits_what_the_route_lists) {
    const auto policy = address_policy::parse({"169.254.169.254", "fe80::/64"});
    ASSERT_TRUE(policy);
    EXPECT_FALSE(refuses(*policy, "169.254.169.254"));
    EXPECT_FALSE(refuses(*policy, "::ffff:169.254.169.254"));
    EXPECT_FALSE(refuses(*policy, "fe80::7"));
    EXPECT_TRUE(refuses(*policy, "169.254.169.253"));
    EXPECT_TRUE(refuses(*policy, "fe80:0:0:1::7"));
    EXPECT_TRUE(refuses(*policy, "fd00:ec2::254"));
}

TEST(address_policy, takes_prefixes_that_end_within_a_byte) {
    const auto policy = address_policy::parse({"169.254.128.0/17"});
    ASSERT_TRUE(policy);
    EXPECT_FALSE(refuses(*policy, "169.254.128.0"));
    EXPECT_TRUE(refuses(*policy, "169.254.127.255"));
}

TEST(address_policy, takes_whole_families) {
    const auto policy = address_policy::parse({"0.0.0.0/0", "::/0"});
    ASSERT_TRUE(policy);
    EXPECT_FALSE(refuses(*policy, "169.254.169.254"));
    EXPECT_FALSE(refuses(*policy, "fe80::1"));
}

TEST(address_policy, rejects_what_is_no_network) {
    for (const std::string text :
         {"", "localhost", "169.254.0.0/33", "169.254.0.0/-1", "169.254.0.0/", "169.254.0.0/1x",
          "169.254.0/16", "fe80::/129", "2852039166", "0x7f.1", "1.2.3.4/8/8"}) {
        EXPECT_FALSE(address_policy::parse({text})) << text;
    }
}

TEST(ip_address, prints_itself) {
    EXPECT_EQ(ip_address::parse("::ffff:169.254.169.254")->to_string(), "169.254.169.254");
    EXPECT_EQ(ip_address::parse("FE80:0::1")->to_string(), "fe80::1");
}

}  // namespace
}  // namespace herdgate
