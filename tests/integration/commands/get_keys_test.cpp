// SPDX-License-Identifier: Apache-2.0
//
// key_positions finds the keys that COMMAND GETKEYS finds: random words for every command and
// subcommand go to both. Redis is the oracle, but for a few lists of words on which its GETKEYS and
// its own command disagree; these are named here, and touched_keys_test.cpp says what the command
// does.
//
// HERDGATE_SEED=<n> repeats a run; HERDGATE_COMMANDS=<n> sets how many lists each command gets.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "../keyspace/redis_process.hpp"
#include "herdgate/core/base/words.hpp"
#include "herdgate/core/command/key_positions.hpp"
#include "random_command.hpp"

namespace herdgate::test {
namespace {

bool is_option(const std::string& word, std::string_view lowercase) {
    return is_word(word.c_str(), lowercase);
}

bool is_any(const std::string& word, std::initializer_list<std::string_view> choices) {
    return std::any_of(choices.begin(), choices.end(),
                       [&](std::string_view choice) { return is_option(word, choice); });
}

std::ptrdiff_t how_many(const words& command, std::initializer_list<std::string_view> choices) {
    return std::count_if(command.begin(), command.end(),
                         [&](const std::string& word) { return is_any(word, choices); });
}

/// Whether a word is a plain number from 0 to 999,999,999.
bool is_plain_number(const std::string& word) {
    return !word.empty() && word.size() < 10 && (word[0] != '0' || word == "0") &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// SORT stores at the word after STORE, whatever that is; its GETKEYS reads an option's name there
/// as that option.
bool stores_at_an_option(const words& command) {
    for (std::size_t i = 2; i + 1 < command.size(); ++i)
        if (is_option(command[i], "store") &&
            is_any(command[i + 1], {"store", "get", "by", "limit"}))
            return true;
    return false;
}

/// Why GETKEYS of Redis 7.0 may say otherwise than we do; "" where it may not.
std::string_view exception_of(const command_info& info, const words& command) {
    if (info.name == "pfmerge" && command.size() == 2)
        return "PFMERGE of one key: GETKEYS wants a second, PFMERGE writes the one";
    if (info.name == "sort" && stores_at_an_option(command))
        return "SORT STORE at a key that is called as an option";
    if (info.name.starts_with("georadius") && how_many(command, {"store", "storedist"}) > 1)
        return "GEORADIUS with two STORE: GETKEYS names the first of each, the command uses the "
               "last";
    if (info.name == "xreadgroup" && how_many(command, {"streams"}) > 1)
        return "XREADGROUP of a group or consumer called STREAMS: GETKEYS takes it for the option";
    if (info.name == "migrate" && is_option(command.back(), "keys"))
        return "MIGRATE with KEYS as the last word: GETKEYS overlooks it, MIGRATE has no keys";
    for (const key_spec& spec : key_specs_of(info)) {
        const auto number = static_cast<std::size_t>(spec.at + spec.number);
        if (spec.find == key_find::keynum && number < command.size() &&
            !is_plain_number(command[number]))
            return "a number of keys that is none: GETKEYS reads its digits, the command refuses "
                   "it";
    }
    return "";
}

class get_keys : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(redis_.running()) << "redis-server is missing: scripts/setup test";
        link_ = std::make_unique<redis_link>(redis_.socket());
        const char* count = std::getenv("HERDGATE_COMMANDS");
        if (count != nullptr) lists_ = static_cast<std::size_t>(std::atol(count));
    }

    /// What Redis would answer if it saw the keys that we see.
    static std::string ours(const words& command) {
        const std::vector<std::string_view> args{command.begin(), command.end()};
        std::vector<std::size_t> keys;
        key_positions(*find_command(args[0]), args, keys);
        std::string reply = "*" + std::to_string(keys.size()) + "\r\n";
        for (const std::size_t key : keys) {
            reply += "$" + std::to_string(args[key].size()) + "\r\n";
            reply.append(args[key]).append("\r\n");
        }
        return reply;
    }

    void compare(const command_info& info, const words& command, const std::string& theirs) {
        ++compared_;
        if (theirs[0] == '*') ++with_keys_;
        const std::string found = ours(command);
        if (theirs[0] == '-' ? found == "*0\r\n" : found == theirs) return;
        const std::string_view reason = exception_of(info, command);
        if (!reason.empty()) {
            ++exceptions_[reason];
            return;
        }
        ADD_FAILURE() << shown(command) << "\nredis:    " << theirs << "herdgate: " << found;
    }

    void compare_some(const command_info& info) {
        // Where the words decide, more of them.
        const std::size_t count = info.keys == key_layout::searched ? 8 * lists_ : lists_;
        for (std::size_t done = 0; done < count && !HasFailure(); done += 500) {
            std::vector<words> batch;
            for (std::size_t n = std::min<std::size_t>(500, count - done); n > 0; --n) {
                batch.push_back(random_(info));
                std::vector<std::string_view> question{"COMMAND", "GETKEYS"};
                question.insert(question.end(), batch.back().begin(), batch.back().end());
                link_->append(question);
            }
            link_->flush();
            for (const words& command : batch) compare(info, command, link_->reply());
        }
    }

    redis_process redis_;
    std::unique_ptr<redis_link> link_;
    std::uint64_t seed_ = chosen_seed();
    random_command random_{seed_};
    std::size_t lists_ = 250;
    std::size_t compared_ = 0;
    std::size_t with_keys_ = 0;
    std::map<std::string_view, std::size_t> exceptions_;
};

TEST_F(get_keys, are_those_of_redis_for_random_words) {
    SCOPED_TRACE("HERDGATE_SEED=" + std::to_string(seed_));
    for (const command_info& info : command_table()) {
        if (info.name == "herdgate") continue;
        compare_some(info);
        for (const command_info& subcommand : subcommands_of(info)) compare_some(subcommand);
        if (HasFailure()) break;
    }
    std::cout << "seed " << seed_ << ": " << compared_ << " lists of words, " << with_keys_
              << " with keys; exceptions:\n";
    for (const auto& [reason, count] : exceptions_)
        std::cout << "  " << count << "  " << reason << '\n';
    EXPECT_GT(with_keys_, compared_ / 4);
    if (lists_ >= 250) {
        EXPECT_EQ(exceptions_.size(), 6U) << "an exception that is not needed, or not met";
    }
}

}  // namespace
}  // namespace herdgate::test
