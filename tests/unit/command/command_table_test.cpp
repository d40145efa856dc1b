// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/command_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace herdgate {
namespace {

bool by_name(const command_info& a, const command_info& b) {
    return a.name < b.name;
}

TEST(command_table, a_command_is_found_by_its_name_in_any_case) {
    for (const command_info& info : command_table()) EXPECT_EQ(find_command(info.name), &info);
    EXPECT_EQ(find_command("GeT"), find_command("get"));
    EXPECT_EQ(find_command("object|encoding"), nullptr);
    EXPECT_EQ(find_command(""), nullptr);
    EXPECT_EQ(find_command(std::string(1000, 'x')), nullptr);
}

TEST(command_table, a_subcommand_is_found_in_its_container) {
    std::size_t found = 0;
    for (const command_info& container : command_table()) {
        EXPECT_EQ(container.is_container(), !subcommands_of(container).empty());
        for (const command_info& info : subcommands_of(container)) {
            ASSERT_TRUE(info.name.starts_with(std::string{container.name} + '|')) << info.name;
            EXPECT_EQ(find_subcommand(container, info.name.substr(container.name.size() + 1)),
                      &info);
            EXPECT_FALSE(info.is_container());
            ++found;
        }
    }
    EXPECT_GT(found, 100U);
    const command_info& client = *find_command("client");
    EXPECT_EQ(find_subcommand(client, "iD")->name, "client|id");
    EXPECT_EQ(find_subcommand(client, "encoding"), nullptr);
    EXPECT_EQ(find_subcommand(client, ""), nullptr);
    EXPECT_EQ(find_subcommand(*find_command("get"), "id"), nullptr);
}

TEST(command_table, rows_are_sorted) {
    const auto rows = command_table();
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end() - 1, by_name));
    for (const command_info& info : rows) {
        const auto subcommands = subcommands_of(info);
        EXPECT_TRUE(std::is_sorted(subcommands.begin(), subcommands.end(), by_name));
    }
}

TEST(command_table, a_subcommand_has_its_own_row) {
    const command_info& create = *find_subcommand(*find_command("xgroup"), "create");
    EXPECT_EQ(create.arity, -5);
    EXPECT_EQ(create.flags, "denyoom write");
    EXPECT_EQ(create.categories, "@slow @stream @write");
    EXPECT_EQ(create.group, "stream");
    EXPECT_EQ(create.keys, key_layout::range);
    ASSERT_EQ(key_specs_of(create).size(), 1U);
    EXPECT_EQ(key_specs_of(create)[0].flags, "RW insert");
    EXPECT_EQ(key_specs_of(create)[0].at, 2);
    EXPECT_EQ(find_command("xgroup")->keys, key_layout::none);
}

TEST(command_table, the_layout_says_whether_first_last_and_step_are_enough) {
    EXPECT_EQ(find_command("ping")->keys, key_layout::none);
    EXPECT_EQ(find_command("spublish")->keys, key_layout::none);
    EXPECT_EQ(find_command("mget")->keys, key_layout::range);
    EXPECT_EQ(find_command("sort")->keys, key_layout::searched);
    EXPECT_EQ(find_command("eval")->keys, key_layout::searched);
}

// What key_positions has functions of its own for; another name here needs one.
TEST(command_table, few_specifications_leave_something_open) {
    std::set<std::string_view> open;
    for (const command_info& info : command_table())
        for (const key_spec& spec : key_specs_of(info))
            if (spec.begin == key_begin::unknown || spec.find == key_find::unknown || spec.at < 1 ||
                spec.flags.find("incomplete") != std::string_view::npos)
                open.insert(info.name);
    EXPECT_EQ(open, (std::set<std::string_view>{"migrate", "sort", "sort_ro"}));
}

TEST(command_table, the_range_of_keys_never_leaves_the_words) {
    for (const command_info& info : command_table())
        for (std::size_t words = 0; words < 9; ++words) {
            const key_range keys = keys_of(info, words);
            EXPECT_TRUE(keys.last < keys.first || keys.last < words) << info.name << ' ' << words;
        }
}

TEST(command_table, channels_are_no_keys) {
    const key_range keys = keys_of(*find_command("spublish"), 3);
    EXPECT_LT(keys.last, keys.first);
}

}  // namespace
}  // namespace herdgate
