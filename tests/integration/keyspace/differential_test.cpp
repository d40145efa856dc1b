// SPDX-License-Identifier: Apache-2.0
//
// The embedded store answers as Redis does: thousands of random commands on a few keys go to both,
// and the raw bytes of the replies are compared. Redis is the oracle; no expected value is written
// here.
//
// Time: the handlers get Redis's own clock, asked for just before each command. Expiries are far
// away or have passed, so that a few milliseconds between the two make no difference; replies that
// tell a remaining time may differ by a little.
//
// HERDGATE_SEED=<n> repeats a run; the seed is printed on failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <vector>

#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/command/keyspace_commands.hpp"
#include "redis_process.hpp"

namespace herdgate::test {
namespace {

using words = std::vector<std::string>;

struct form {
    std::string name;
    std::string arguments;  // k key, v value, i integer, f float, x expire options, c conditions, ?
                            // anything, + repeated
};

const std::vector<form> forms{
    {"GET", "k"},        {"SET", "kv"},         {"SET", "kvx"},       {"SET", "kvx"},
    {"SET", "kvx"},      {"SET", "kn"},         {"MGET", "k+"},       {"MSET", "kv+"},
    {"MSETNX", "kv+"},   {"DEL", "k+"},         {"UNLINK", "k+"},     {"EXISTS", "k+"},
    {"TOUCH", "k+"},     {"EXPIRE", "ki"},      {"EXPIRE", "kic"},    {"PEXPIRE", "kic"},
    {"EXPIREAT", "kic"}, {"PEXPIREAT", "ki"},   {"PEXPIREAT", "kic"}, {"TTL", "k"},
    {"PTTL", "k"},       {"EXPIRETIME", "k"},   {"PEXPIRETIME", "k"}, {"PERSIST", "k"},
    {"TYPE", "k"},       {"INCR", "k"},         {"DECR", "k"},        {"INCRBY", "kn"},
    {"DECRBY", "kn"},    {"INCRBYFLOAT", "kf"}, {"APPEND", "kv"},     {"STRLEN", "k"},
    {"GETRANGE", "krr"}, {"SUBSTR", "krr"},     {"SETRANGE", "krv"},  {"GETDEL", "k"},
    {"GETEX", "k"},      {"GETEX", "kx"},       {"GETSET", "kv"},     {"SETNX", "kv"},
    {"SETEX", "kiv"},    {"PSETEX", "kiv"},     {"DBSIZE", ""},       {"KEYS", "g"},
    {"SCAN", "0"},       {"SCAN", "s"},         {"RENAME", "kk"},     {"RENAMENX", "kk"},
    {"COPY", "kk"},      {"COPY", "kkd"},       {"FLUSHDB", "a"},     {"FLUSHALL", "a"},
};

class generator {
  public:
    explicit generator(std::uint64_t seed) : random_(seed) {}

    words command() {
        const form& f = forms[below(forms.size())];
        // Flushes seldom: most commands shall meet keys.
        if (f.name.starts_with("FLUSH") && below(8) != 0) return command();
        words out{below(4) == 0 ? lower(f.name) : f.name};
        const std::size_t repeats = f.arguments.ends_with('+') ? 1 + below(4) : 1;
        for (std::size_t n = 0; n < repeats; ++n) {
            for (const char kind : f.arguments) add(out, kind);
        }
        // An argument too many, sometimes: where the number is free, it must be understood the same
        // way.
        if (f.arguments.ends_with('+') && below(12) == 0) add(out, 'k');
        return out;
    }

    std::size_t below(std::size_t n) { return random_() % n; }

    static const words& all_keys() {
        static const words keys{"a", "b", "c", "ab",  "abc", "key:1", "key:2",
                                "n", "f", "",  "a*c", "[x]", "\xff",  "b\\"};
        return keys;
    }

  private:
    template <std::size_t N>
    std::string pick(const char* const (&choices)[N]) {
        return choices[below(N)];
    }

    static std::string lower(std::string text) {
        std::transform(text.begin(), text.end(), text.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        return text;
    }

    std::string key() { return all_keys()[below(all_keys().size())]; }
    std::string number() {
        static const char* const choices[] = {"0",
                                              "1",
                                              "-1",
                                              "7",
                                              "42",
                                              "-100",
                                              "9223372036854775807",
                                              "-9223372036854775808",
                                              "9223372036854775808",
                                              "01",
                                              "+1",
                                              " 1",
                                              "1 ",
                                              "-0",
                                              "",
                                              "abc",
                                              "1.5",
                                              "4611686018427387904"};
        return pick(choices);
    }
    std::string decimal() {
        static const char* const choices[] = {"0",
                                              "1",
                                              "-1",
                                              "0.1",
                                              "-0.1",
                                              "1.5e3",
                                              "5.0e-3",
                                              "3.0e3",
                                              "1e4000",
                                              "inf",
                                              "-inf",
                                              "nan",
                                              "abc",
                                              " 1",
                                              "1 ",
                                              "",
                                              "0x10",
                                              "1e-20",
                                              "123456789.987654321",
                                              "1e300",
                                              "-1e300",
                                              ".5",
                                              "5.",
                                              "99999999999999999999",
                                              "1e17",
                                              "0.00000000000000001"};
        return pick(choices);
    }
    std::string value() {
        switch (below(6)) {
            case 0:
                return number();
            case 1:
                return decimal();
            case 2:
                return std::string(below(300), 'x');
            case 3:
                return std::string("nul\0\r\n\xfe", 7);
            case 4:
                return "";
            default:
                return "value" + std::to_string(below(100));
        }
    }
    // An expire time, relative or absolute: an hour at least, or passed, or refused.
    std::string moment() {
        static const char* const choices[] = {"100000000",
                                              "4000000",
                                              "5000000000000",
                                              "4102444800",
                                              "4102444800000",
                                              "1",
                                              "-1",
                                              "0",
                                              "abc",
                                              "",
                                              "9223372036854775807",
                                              "-9223372036854775808",
                                              "9223372036854775",
                                              "9223372036854776",
                                              "-9223372036854776",
                                              "1.5",
                                              "99999999999",
                                              "9223370000000000000"};
        return pick(choices);
    }
    std::string option() {
        static const char* const choices[] = {"NX",      "XX",   "GET",  "EX",  "PX",
                                              "EXAT",    "PXAT", "nx",   "get", "KEEPTTL",
                                              "PERSIST", "ex",   "bogus"};
        return pick(choices);
    }
    std::string glob() {
        static const char* const pieces[] = {"*",  "?",      "a",  "b",    "c",    "[a-c]", "[^a]",
                                             "[",  "]",      "\\", "key:", "[1-",  "-",     "^",
                                             "**", "[\\]x]", "1",  "\xff", "[c-a]"};
        std::string pattern;
        for (std::size_t n = below(5); n > 0; --n) pattern += pick(pieces);
        return pattern;
    }

    void add_set_options(words& out) {
        for (std::size_t n = 1 + below(3); n > 0; --n) {
            const std::string name = option();
            out.push_back(name);
            const bool timed = name.size() != 3 && lower(name).find_first_of("ep") == 0;
            if (!timed || name == "PERSIST" || below(16) == 0) continue;
            // Short relative times would run out between the two servers.
            const std::string at = moment();
            out.push_back(at == "1" && !name.ends_with("AT") ? "0" : at);
        }
    }

    void add_scan_options(words& out) {
        for (std::size_t n = below(3); n > 0; --n) {
            static const char* const types[] = {"string", "STRING", "list", "zset", "bogus"};
            switch (below(5)) {
                case 0:
                    out.insert(out.end(), {"MATCH", glob()});
                    break;
                case 1:
                    out.insert(out.end(), {"TYPE", pick(types)});
                    break;
                case 2:
                    out.insert(out.end(), {"COUNT", number()});
                    break;
                case 3:
                    out.insert(out.end(), {"count", "1000"});
                    break;
                default:
                    out.push_back(option());
            }
        }
        // All in one step, where no error comes first: the cursors themselves are not comparable.
        out.insert(out.end(), {"COUNT", "1000"});
    }

    void add(words& out, char kind) {
        static const char* const conditions[] = {"NX", "XX", "GT", "LT", "nx", "gt", "bogus"};
        static const char* const offsets[] = {"0",
                                              "1",
                                              "-1",
                                              "3",
                                              "-3",
                                              "100",
                                              "-100",
                                              "abc",
                                              "600000000",
                                              "9223372036854775807",
                                              "-9223372036854775808"};
        static const char* const cursors[] = {
            "0", "abc", "", " 0", "-0", "0x", "99999999999999999999999"};
        static const char* const copies[] = {"REPLACE", "replace", "DB",  "3",          "0",
                                             "-1",      "16",      "abc", "99999999999"};
        static const char* const flushes[] = {"ASYNC", "SYNC", "sync", "bogus"};
        switch (kind) {
            case 'k':
                out.push_back(key());
                break;
            case 'v':
                out.push_back(value());
                break;
            case 'n':
                out.push_back(number());
                break;
            case 'f':
                out.push_back(decimal());
                break;
            case 'r':
                out.push_back(pick(offsets));
                break;
            case 'g':
                out.push_back(glob());
                break;
            case 'x':
                add_set_options(out);
                break;
            case '0':
                out.push_back("0");
                add_scan_options(out);
                break;
            case 's':
                out.push_back(pick(cursors));
                add_scan_options(out);
                break;
            case 'i': {
                const bool relative = !out[0].ends_with("AT") && !out[0].ends_with("at");
                const std::string at = moment();
                out.push_back(at == "1" && relative ? "0" : at);
                break;
            }
            case 'c':
                for (std::size_t n = 1 + below(2); n > 0; --n) out.push_back(pick(conditions));
                break;
            case 'd':
                for (std::size_t n = 1 + below(3); n > 0; --n) out.push_back(pick(copies));
                break;
            case 'a':
                for (std::size_t n = below(3); n > 0; --n) out.push_back(pick(flushes));
                break;
            default:
                break;
        }
    }

    std::mt19937_64 random_;
};

std::string shown(const words& command) {
    std::string text;
    for (const std::string& word : command) {
        text += text.empty() ? "" : " ";
        text += '"';
        for (const char c : word) {
            char code[8];
            std::snprintf(code, sizeof(code), "\\x%02x", static_cast<unsigned char>(c));
            text += c >= 0x20 && c < 0x7f ? std::string(1, c) : std::string(code);
        }
        text += '"';
    }
    return text;
}

// The lines of a reply, sorted: for sets of keys, whose order is free.
std::multiset<std::string> lines(const std::string& reply) {
    std::multiset<std::string> found;
    for (std::size_t at = 0; at < reply.size();) {
        const std::size_t end = std::min(reply.find("\r\n", at), reply.size() - 2);
        found.insert(reply.substr(at, end - at));
        at = end + 2;
    }
    return found;
}

class differential : public testing::TestWithParam<resp::protocol> {
  protected:
    void SetUp() override {
        ASSERT_TRUE(redis_.running()) << "redis-server is missing: scripts/setup test";
        link_ = std::make_unique<redis_link>(redis_.socket());
        if (GetParam() == resp::protocol::resp3) ask({"HELLO", "3"});
    }

    std::string ask(const words& command) {
        const std::vector<std::string_view> args{command.begin(), command.end()};
        return link_->command(args);
    }

    redis_time clock() {
        const std::string reply = ask({"TIME"});  // *2, $10, seconds, $n, microseconds
        const std::size_t first = reply.find('\n', 4) + 1;
        const std::size_t second = reply.find('\n', reply.find('\n', first) + 1) + 1;
        return redis_time{milliseconds{std::atoll(reply.c_str() + first) * 1000 +
                                       std::atoll(reply.c_str() + second) / 1000}};
    }

    std::string run(const words& command, redis_time now) {
        std::string name = command[0];
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        const keyspace_handler handler = find_keyspace_handler(name);
        if (handler == nullptr) return "no handler for " + name;
        const std::vector<std::string_view> args{command.begin(), command.end()};
        std::string out;
        keyspace_call call{store_, nullptr, 0, GetParam(), now, 1, args, out};
        handler(call);
        return out;
    }

    static bool same(const words& command, const std::string& theirs, const std::string& ours) {
        if (theirs == ours) return true;
        const std::string& name = command[0];
        if (theirs[0] != ours[0]) return false;
        if (name == "KEYS" || name == "keys" || name == "SCAN" || name == "scan") {
            return lines(theirs) == lines(ours);
        }
        const bool tells_time = name.find("TTL") != std::string::npos ||
                                name.find("ttl") != std::string::npos ||
                                name.find("EXPIRETIME") != std::string::npos ||
                                name.find("expiretime") != std::string::npos;
        if (!tells_time || theirs[0] != ':') return false;
        const long long a = std::atoll(theirs.c_str() + 1);
        const long long b = std::atoll(ours.c_str() + 1);
        if (a < -2 && b > 0)
            return true;  // rounding to seconds overflows in Redis near the end of time
        return a >= 0 && b >= 0 && std::llabs(a - b) <= 1000;
    }

    redis_process redis_;
    std::unique_ptr<redis_link> link_;
    memory_store store_{std::size_t{4} << 30, 0x5eed, 64};
};

TEST_P(differential, random_commands_get_the_replies_of_redis_byte_for_byte) {
    const char* given = std::getenv("HERDGATE_SEED");
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    const char* count = std::getenv("HERDGATE_COMMANDS");
    const int commands = count != nullptr ? std::atoi(count) : 20'000;
    generator random{seed};
    std::vector<std::string> history;
    for (int n = 0; n < commands; ++n) {
        const words command = random.command();
        if (command[0] == "DBSIZE" || command[0] == "dbsize") {
            // Redis counts a dead key until somebody touches it.
            words touch{"EXISTS"};
            touch.insert(touch.end(), generator::all_keys().begin(), generator::all_keys().end());
            ask(touch);
        }
        const redis_time now = clock();
        const std::string theirs = ask(command);
        const std::string ours = run(command, now);
        history.push_back(shown(command));
        if (same(command, theirs, ours)) continue;
        std::string recent;
        for (std::size_t i = history.size() - std::min<std::size_t>(history.size(), 12);
             i < history.size(); ++i) {
            recent += "\n  " + history[i];
        }
        FAIL() << "seed " << seed << ", command " << n << "\nredis:    " << theirs.substr(0, 500)
               << "\nherdgate: " << ours.substr(0, 500) << "\nafter:" << recent;
    }
}

INSTANTIATE_TEST_SUITE_P(protocols, differential,
                         testing::Values(resp::protocol::resp2, resp::protocol::resp3),
                         [](const auto& instance) {
                             return instance.param == resp::protocol::resp2 ? "resp2" : "resp3";
                         });

}  // namespace
}  // namespace herdgate::test
