// SPDX-License-Identifier: Apache-2.0
//
// No command touches a key that key_positions does not see. Random commands are carried out by a
// real redis-server, in a MULTI so that none waits; its keyspace notifications (misses and changes)
// tell which keys each one touched. So the oracle is the command itself, not COMMAND GETKEYS.
//
// HERDGATE_SEED=<n> repeats a run; HERDGATE_COMMANDS=<n> sets how often each command is run.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include "../keyspace/redis_process.hpp"
#include "herdgate/core/command/key_positions.hpp"
#include "random_command.hpp"

namespace herdgate::test {
namespace {

constexpr std::string_view channel_prefix = "__keyspace@";

/// The strings of a flat array reply.
words strings_of(std::string_view reply) {
    words found;
    for (std::size_t at = reply.find("\r\n") + 2; at < reply.size();) {
        const std::size_t end = reply.find("\r\n", at);
        if (reply[at] == '$') {
            const std::size_t bytes = std::stoul(std::string{reply.substr(at + 1, end - at - 1)});
            found.emplace_back(reply.substr(end + 2, bytes));
            at = end + 2 + bytes + 2;
        } else {
            at = end + 2;
        }
    }
    return found;
}

class touched_keys : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(redis_.running()) << "redis-server is missing: scripts/setup test";
        client_ = std::make_unique<redis_link>(redis_.socket());
        listener_ = std::make_unique<redis_link>(redis_.socket());
        ask({"CONFIG", "SET", "notify-keyspace-events", "KAm"});
        listener_->append(std::vector<std::string_view>{"PSUBSCRIBE", "__keyspace@*:*", "done"});
        listener_->flush();
        listener_->reply();
        listener_->reply();
        const char* count = std::getenv("HERDGATE_COMMANDS");
        if (count != nullptr) runs_ = static_cast<std::size_t>(std::atol(count));
    }

    void send(const std::vector<std::string_view>& command) {
        client_->append(command);
        ++pending_;
    }

    void ask(const std::vector<std::string_view>& command) {
        send(command);
        collect();
    }

    /// Waits for all replies.
    void collect() {
        client_->flush();
        for (; pending_ > 0; --pending_) client_->reply();
    }

    /// Some of the words are keys of some kind, so that destinations are seen when they are
    /// replaced.
    void fill() {
        send({"FLUSHALL"});
        for (int i = 1; i < 16; ++i) {
            const std::string key = "w" + std::to_string(i);
            const std::size_t kind = random_.below(6);
            if (kind == 0) send({"SET", key, "1"});
            if (kind == 1) send({"RPUSH", key, "1", "2"});
            if (kind == 2) send({"GEOADD", key, "1", "2", "a"});
        }
        send({"PUBLISH", "done", "filled"});
    }

    void send_guarded(const words& command) {
        send({"MULTI"});
        send({command.begin(), command.end()});
        send({"EXEC"});
        send({"PUBLISH", "done", "command"});
    }

    /// The keys of which there was word since the last time.
    std::set<std::string> heard() {
        std::set<std::string> keys;
        for (;;) {
            const words message =
                strings_of(listener_->reply());  // pmessage, pattern, channel, text
            if (message.at(2) == "done") return keys;
            // A key may run out at any time.
            if (message.at(3) == "expired") continue;
            keys.insert(message[2].substr(message[2].find(':', channel_prefix.size()) + 1));
        }
    }

    void check(const command_info& info, const words& command) {
        const std::vector<std::string_view> args{command.begin(), command.end()};
        std::vector<std::size_t> positions;
        key_positions(*find_command(args[0]), args, positions);
        for (const std::string& key : heard()) {
            ++touched_[info.name];
            const bool seen = std::any_of(positions.begin(), positions.end(),
                                          [&](std::size_t i) { return args[i] == key; });
            EXPECT_TRUE(seen) << shown(command) << " touched " << shown({key});
        }
    }

    void run_some(const command_info& info) {
        const std::size_t count = info.keys == key_layout::searched ? 8 * runs_ : runs_;
        for (std::size_t done = 0; done < count && !HasFailure(); done += 25) {
            fill();
            std::vector<words> batch;
            for (std::size_t n = 25; n > 0; --n) {
                batch.push_back(random_(info));
                send_guarded(batch.back());
            }
            collect();
            heard();
            for (const words& command : batch) check(info, command);
        }
    }

    redis_process redis_;
    std::unique_ptr<redis_link> client_;
    std::unique_ptr<redis_link> listener_;
    std::size_t pending_ = 0;
    std::uint64_t seed_ = chosen_seed();
    random_command random_{seed_};
    std::size_t runs_ = 50;
    std::map<std::string_view, std::size_t> touched_;
};

TEST_F(touched_keys, are_among_those_that_are_seen_in_the_words) {
    SCOPED_TRACE("HERDGATE_SEED=" + std::to_string(seed_));
    const auto run = [&](const command_info& info) {
        // MIGRATE goes to other servers.
        if (info.keys == key_layout::none || info.name == "migrate" || HasFailure()) return;
        run_some(info);
    };
    for (const command_info& info : command_table()) {
        run(info);
        for (const command_info& subcommand : subcommands_of(info)) run(subcommand);
    }
    std::size_t sum = 0;
    for (const auto& [name, count] : touched_) sum += count;
    std::cout << "seed " << seed_ << ": " << sum << " keys touched\n";
    // Those that COMMAND GETKEYS is no oracle for.
    for (const char* name : {"georadius", "georadiusbymember", "pfmerge", "sort", "xreadgroup"})
        EXPECT_GE(touched_[name], runs_ / 5) << name;
}

}  // namespace
}  // namespace herdgate::test
