// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/link_rules.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace herdgate {
namespace {

link_use use(std::initializer_list<std::string_view> words) {
    const std::vector<std::string_view> args{words};
    return use_of(find_command(args[0]), args);
}

TEST(link_rules, what_leaves_nothing_behind_shares_a_link) {
    EXPECT_EQ(use({"GET", "k"}), link_use::shared);
    EXPECT_EQ(use({"XREAD", "STREAMS", "s", "0"}), link_use::shared);
    EXPECT_EQ(use({"FLUSHALL"}), link_use::shared);
}

TEST(link_rules, what_waits_or_begins_something_gets_one_for_as_long) {
    EXPECT_EQ(use({"BLPOP", "l", "0"}), link_use::lent);
    EXPECT_EQ(use({"XREAD", "block", "0", "STREAMS", "s", "0"}), link_use::lent);
    EXPECT_EQ(use({"WAIT", "1", "0"}), link_use::lent);
    EXPECT_EQ(use({"multi"}), link_use::lent);
    EXPECT_EQ(use({"EVALSHA", "sha", "0"}), link_use::lent);
    EXPECT_EQ(use({"CLIENT", "LIST"}), link_use::lent);
    EXPECT_EQ(use({"JSON.GET", "k"}), link_use::lent);
}

TEST(link_rules, what_redis_remembers_of_a_client_keeps_its_link) {
    EXPECT_EQ(use({"CLIENT", "ID"}), link_use::kept);
    EXPECT_EQ(use({"client", "tracking", "on"}), link_use::kept);
    EXPECT_EQ(use({"MONITOR"}), link_use::kept);
    EXPECT_EQ(use({"AUTH", "pw"}), link_use::kept);
    EXPECT_EQ(use({"HELLO", "3", "auth", "bob", "b"}), link_use::kept);
    EXPECT_EQ(use({"HELLO", "3"}), link_use::lent);
    EXPECT_EQ(use({"SCRIPT", "DEBUG", "yes"}), link_use::kept);
}

TEST(link_rules, every_name_in_the_rules_is_a_command) {
    for (const std::string_view name : {"multi", "exec", "discard", "watch", "unwatch", "select"}) {
        const std::vector<std::string_view> args{name};
        EXPECT_NE(effect_of(find_command(name), args), link_effect::none) << name;
    }
}

}  // namespace
}  // namespace herdgate
