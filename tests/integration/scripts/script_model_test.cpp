// SPDX-License-Identifier: Apache-2.0
//
// The same transitions in a real redis-server, by the Lua scripts, and in the simulation's model of
// Redis: the same answers, the same fields, the same times. Times may differ by what passes between
// the two calls. HERDGATE_SCRIPT_STEPS=N tries so many, HERDGATE_SCRIPT_SEED=X others.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "herdgate/core/resp/command_writer.hpp"
#include "herdgate/core/resp/reply_cursor.hpp"
#include "herdgate/core/resp/reply_parser.hpp"
#include "integration/upstream/redis_server.hpp"
#include "sim/model_redis.hpp"
#include "sim/scheduler.hpp"

namespace herdgate::test {
namespace {

using resp::reply_cursor;
using sim::chance;
using sim::model_redis;
using strings = std::vector<std::string>;

constexpr std::array modelled{script::acquire, script::renew,      script::fill, script::fail,
                              script::release, script::invalidate, script::swap, script::slide};

/// Milliseconds that may pass between the two, under a sanitizer on a busy machine.
constexpr std::int64_t tolerance = 400;

std::string encoded(const strings& args) {
    const std::vector<std::string_view> views{args.begin(), args.end()};
    std::string out;
    resp::write_command(out, views);
    return out;
}

/// A connection that asks and waits for the answer.
class plain_client {
  public:
    explicit plain_client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
            ADD_FAILURE() << "no connection to " << path;
    }
    ~plain_client() { ::close(fd_); }
    plain_client(const plain_client&) = delete;
    plain_client& operator=(const plain_client&) = delete;

    std::string ask(const strings& args) {
        const std::string command = encoded(args);
        if (::send(fd_, command.data(), command.size(), MSG_NOSIGNAL) < 0) return {};
        std::string reply;
        resp::reply_parser parser;
        while (reply.empty() || parser.parse(reply) != resp::parse_status::complete) {
            char bytes[4096];
            const ssize_t got = ::recv(fd_, bytes, sizeof(bytes), 0);
            if (got <= 0) return {};
            reply.append(bytes, static_cast<std::size_t>(got));
        }
        return reply;
    }

  private:
    int fd_;
};

/// Words of a text; numbers that are times are compared with a tolerance.
bool alike(const std::string& a, const std::string& b) {
    if (a == b) return true;
    std::size_t i = 0;
    std::size_t j = 0;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    while (i < a.size() && j < b.size()) {
        if (digit(a[i]) && digit(b[j])) {
            char* end_a = nullptr;
            char* end_b = nullptr;
            const long long x = std::strtoll(a.c_str() + i, &end_a, 10);
            const long long y = std::strtoll(b.c_str() + j, &end_b, 10);
            if (std::llabs(x - y) > tolerance) return false;
            i = static_cast<std::size_t>(end_a - a.c_str());
            j = static_cast<std::size_t>(end_b - b.c_str());
        } else if (a[i++] != b[j++]) {
            return false;
        }
    }
    return i == a.size() && j == b.size();
}

class scripts : public testing::Test {
  protected:
    void SetUp() override {
        if (!server_.running()) GTEST_SKIP() << "redis-server cannot be started";
        real_.emplace(server_.socket());
        id_ = model_.connect([this](std::string bytes) { said_ += bytes; });
        for (std::size_t i = 0; i < script_count; ++i) {
            const strings load{"SCRIPT", "LOAD", std::string{source_of(static_cast<script>(i))}};
            real_digests_.emplace_back(reply_cursor{real_->ask(load)}.text());
            const std::string reply = ask_model(load);
            model_digests_.emplace_back(reply_cursor{reply}.text());
        }
    }

    std::string ask_model(const strings& args) {
        const std::string time = real_->ask({"TIME"});
        reply_cursor reply{time};
        const std::int64_t now = std::stoll(std::string{reply.next().text()}) * 1'000'000;
        model_.set_clock(now + std::stoll(std::string{reply.next().text()}));
        said_.clear();
        model_.receive(id_, encoded(args));
        return said_;
    }

    void both(const strings& args) {
        const std::string ours = ask_model(args);
        const std::string real = real_->ask(args);
        ASSERT_TRUE(alike(ours, real)) << last_ << "\nmodel: " << ours << "\nRedis: " << real;
    }

    void call(script s, const std::string& key, const strings& more) {
        strings args{"EVALSHA", "", "1", key};
        args.insert(args.end(), more.begin(), more.end());
        last_ = std::to_string(static_cast<int>(s));
        for (const std::string& word : more) last_ += " " + word;
        args[1] = model_digests_[static_cast<std::size_t>(s)];
        const std::string ours = ask_model(args);
        args[1] = real_digests_[static_cast<std::size_t>(s)];
        const std::string real = real_->ask(args);
        ASSERT_TRUE(alike(ours, real)) << last_ << "\nmodel: " << ours << "\nRedis: " << real;
        compare(key);
    }

    /// What is stored, and for how long.
    void compare(const std::string& key) {
        both({"HMGET", key, "data", "status", "updated_at", "meta", "lease"});
        const std::string left = real_->ask({"PTTL", key});
        const auto found = model_.data().find({0, key});
        const std::int64_t real = reply_cursor{left}.integer().value_or(-3);
        if (found == model_.data().end()) {
            ASSERT_LE(real, tolerance) << last_;
            return;
        }
        if (!found->second.is_hash) return;
        ASSERT_GT(found->second.expires, 0) << last_;
        ASSERT_LE(std::llabs(found->second.expires - model_.now() - real), tolerance) << last_;
        ASSERT_NE(real, -1) << "a key without a time to live: " << last_;
    }

    void step(chance& luck);

    redis_server server_;
    std::optional<plain_client> real_;
    model_redis model_;
    model_redis::client_id id_ = 0;
    std::string said_;
    std::string last_;
    strings real_digests_;
    strings model_digests_;
};

/// Spans are far longer than the tolerance, or nothing: otherwise the two might disagree by right.
void scripts::step(chance& luck) {
    const strings tokens{"a1", "b2", "c3"};
    const strings spans{"0", "60000", "600000"};
    const std::string key = "cache:" + std::to_string(luck.below(2));
    const std::string& token = luck.of(tokens);
    const auto span = [&] { return luck.of(spans); };
    const auto flag = [&] { return std::string{luck.one_in(2) ? "1" : "0"}; };
    const std::string value = "value " + std::to_string(luck.below(100));
    switch (luck.below(13)) {
        case 0:
        case 1:
        case 2:
            return call(script::acquire, key,
                        {token, luck.one_in(4) ? "0" : "30000", "me:1",
                         luck.one_in(6) ? "9000000000000" : "0", "0"});
        case 3:
            return call(script::renew, key, {token, "40000"});
        case 4:
        case 5:
            return call(script::fill, key,
                        {token, flag(), value, span(), span(), span(), "12",
                         luck.one_in(2) ? "" : "\ntag a\netag \"7\""});
        case 6:
            return call(script::fail, key,
                        {token, span(), std::to_string(luck.below(5)), "why " + value});
        case 7:
            return call(script::release, key, {token});
        case 8:
            return call(script::invalidate, key, {flag()});
        case 9:
        case 10: {
            const std::string expected = luck.of(strings{"*", "-", "a1", "b2", "d4"});
            return call(script::swap, key,
                        {expected, flag(), flag(), value, "60000", span(), span(), "d4",
                         luck.one_in(2) ? "0" : "1700000000000", luck.one_in(2) ? "" : "\ntag b"});
        }
        case 11:
            return call(script::slide, key, {"300000", "600000", luck.one_in(2) ? "0" : "900000"});
        default:
            last_ = "DEL or SET";
            return luck.one_in(3) ? both({"SET", key, value}) : both({"DEL", key});
    }
}

TEST_F(scripts, lua_and_the_model_agree_on_random_transitions) {
    const char* steps = std::getenv("HERDGATE_SCRIPT_STEPS");
    const char* seed = std::getenv("HERDGATE_SCRIPT_SEED");
    chance luck{seed == nullptr ? 1 : std::strtoull(seed, nullptr, 10)};
    const long count = steps == nullptr ? 3000 : std::strtol(steps, nullptr, 10);
    for (long i = 0; i < count && !HasFatalFailure(); ++i) step(luck);
}

TEST_F(scripts, leases_and_entries_run_out_alike) {
    call(script::acquire, "cache:short", {"a1", "1", "me:1", "0", "0"});
    call(script::acquire, "cache:entry", {"a1", "30000", "me:1", "0", "0"});
    call(script::fill, "cache:entry", {"a1", "1", "v", "600", "600", "0", "1", ""});
    std::this_thread::sleep_for(std::chrono::milliseconds{1200});
    both({"HMGET", "cache:entry", "data", "meta"});
    call(script::acquire, "cache:short", {"b2", "30000", "me:2", "0", "0"});
    call(script::fill, "cache:short", {"a1", "1", "late", "60000", "60000", "60000", "1", ""});
    call(script::fill, "cache:short", {"b2", "1", "v", "60000", "60000", "60000", "1", ""});
}

TEST_F(scripts, a_refresh_before_the_end_is_for_the_entry_that_was_seen) {
    call(script::acquire, "cache:0", {"a1", "30000", "me:1", "0", "0"});
    call(script::fill, "cache:0", {"a1", "1", "v", "60000", "60000", "0", "1", ""});
    const std::string meta = model_.data().at({0, "cache:0"}).fields.at("meta");
    const std::string seen = meta.substr(2, meta.find(' ', 2) - 2);
    const auto word = [&](const strings& more) {
        call(script::acquire, "cache:0", more);
        return said_.find("granted") != std::string::npos;
    };
    last_ = "early";
    // The model's own time to the millisecond: Redis has filled it a moment later.
    strings early{"EVALSHA", model_digests_[0], "1", "cache:0", "b2", "30000", "me:1", "0", seen};
    EXPECT_NE(ask_model(early).find("granted"), std::string::npos);
    early[1] = real_digests_[0];
    const std::string reply = real_->ask({"HGET", "cache:0", "meta"});
    const std::string real{reply_cursor{reply}.text()};
    early[8] = real.substr(2, real.find(' ', 2) - 2);
    EXPECT_NE(real_->ask(early).find("granted"), std::string::npos);
    EXPECT_FALSE(word({"c3", "30000", "me:1", "0", "1"}));
}

TEST_F(scripts, another_type_is_left_alone_by_both) {
    both({"SET", "cache:0", "a string"});
    for (const script s : modelled)
        call(s, "cache:0", {"a1", "1", "v", "60000", "0", "0", "1", "d4", "0", ""});
    both({"GET", "cache:0"});
}

}  // namespace
}  // namespace herdgate::test
