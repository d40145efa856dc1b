// SPDX-License-Identifier: Apache-2.0
#include "random_command.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "herdgate/core/base/words.hpp"

namespace herdgate::test {
namespace {

/// `k` is a word that tells its place; `*` stands for some words, of these or of the form's
/// options.
struct command_form {
    std::string_view command;
    std::string_view line;
    std::string_view options;
};

constexpr std::string_view script = "for i=1,#KEYS do redis.call('get',KEYS[i]) end";

constexpr std::array forms{
    command_form{"sort", "k *", "BY GET LIMIT STORE STORE STORE ASC ALPHA 0"},
    command_form{"sort", "k LIMIT 0 1 * STORE k *", "BY GET STORE ASC"},
    command_form{"georadius", "k 1 2 3 km *", "STORE STORE STOREDIST COUNT ASC 1"},
    command_form{"georadius", "k 1 2 3 km STORE k STOREDIST k", ""},
    command_form{"georadiusbymember", "k k 3 km *", "STORE STORE STOREDIST COUNT DESC 1"},
    command_form{"georadiusbymember", "k k 3 km STOREDIST k STORE k", ""},
    command_form{"xread", "* STREAMS k k 0 0", "COUNT BLOCK 1 STREAMS"},
    command_form{"xread", "COUNT 1 STREAMS *", "0 $"},
    command_form{"xreadgroup", "GROUP k k STREAMS k >", ""},
    command_form{"xreadgroup", "* GROUP k k * STREAMS k k > >", "NOACK COUNT BLOCK 1 STREAMS"},
    command_form{"xreadgroup", "NOACK GROUP * STREAMS k >", "STREAMS STREAMS STREAMS"},
    command_form{"migrate", "k 1  0 1 * KEYS k k *", "COPY REPLACE AUTH AUTH2 KEYS"},
    command_form{"migrate", "k 1 k 0 1 *", "COPY REPLACE AUTH AUTH2 KEYS"},
    command_form{"lmpop", "2 k k LEFT", ""},
    command_form{"blmpop", "0 2 k k RIGHT", ""},
    command_form{"zmpop", "2 k k MIN", ""},
    command_form{"bzmpop", "0 1 k MAX COUNT 1", ""},
    command_form{"zunionstore", "k 2 k k * ", "WEIGHTS AGGREGATE SUM MIN 1 2"},
    command_form{"eval", "SCRIPT 2 k k k", ""},
    command_form{"eval_ro", "SCRIPT 1 k k", ""},
};

constexpr std::array<std::string_view, 30> options{
    "STORE",   "STOREDIST", "STREAMS", "KEYS",      "GROUP", "COUNT", "BLOCK", "NOACK",
    "LIMIT",   "BY",        "GET",     "ASC",       "DESC",  "AUTH",  "AUTH2", "COPY",
    "REPLACE", "WEIGHTS",   "MIN",     "MAX",       "LEFT",  "RIGHT", "km",    "NX",
    "XX",      "DB",        "SAMPLES", "AGGREGATE", "AND",   "$"};

constexpr std::array<std::string_view, 14> odd{
    "",   "-1",         "01", "+1", " 1", "1x",   "1.5",
    "99", "4294967297", "k|", "*",  "-",  "\r\n", "9223372036854775807"};

std::vector<std::string_view> split(std::string_view line) {
    std::vector<std::string_view> found;
    for (bool more = !line.empty(); more;) {
        const std::size_t end = line.find(' ');
        found.push_back(line.substr(0, end));
        more = end != std::string_view::npos;
        if (more) line.remove_prefix(end + 1);
    }
    return found;
}

std::string own_word(const words& out) {
    return "w" + std::to_string(out.size());
}

}  // namespace

std::string random_command::in_any_case(std::string_view word) {
    std::string result = below(3) == 0 ? lower(word) : std::string{word};
    if (below(50) == 0) result += std::string("\0x", 2);
    return result;
}

void random_command::add_any(words& out) {
    const std::size_t kind = below(20);
    if (kind < 9)
        out.push_back(own_word(out));
    else if (kind < 14)
        out.push_back(in_any_case(options[below(options.size())]));
    else if (kind < 19)
        out.push_back(std::to_string(below(6)));
    else
        out.emplace_back(odd[below(odd.size())]);
}

void random_command::add_form(words& out, std::string_view form) {
    const command_form* chosen = nullptr;
    for (const command_form& f : forms)
        if (f.command == form && (chosen == nullptr || below(2) == 0)) chosen = &f;
    const auto own_options = split(chosen->options);
    for (const std::string_view word : split(chosen->line)) {
        if (word == "k")
            out.push_back(own_word(out));
        else if (word == "SCRIPT")
            out.emplace_back(script);
        else if (word != "*")
            out.push_back(in_any_case(word));
        else
            for (std::size_t n = below(6); n > 0; --n)
                if (!own_options.empty() && below(5) < 3)
                    out.push_back(in_any_case(own_options[below(own_options.size())]));
                else
                    out.push_back(own_word(out));
    }
}

words random_command::operator()(const command_info& info) {
    words out;
    for (std::size_t from = 0; from != std::string_view::npos;) {
        const std::size_t bar = info.name.find('|', from);
        const std::string_view part = info.name.substr(from, bar - from);
        out.push_back(below(2) == 0 ? std::string{part} : in_any_case(part));
        from = bar == std::string_view::npos ? bar : bar + 1;
    }
    // A NUL in a name makes it another name.
    for (std::string& name : out) name.resize(std::min(name.find('\0'), name.size()));
    for (const command_form& f : forms)
        if (f.command == info.name && below(2) == 0) {
            add_form(out, info.name);
            return out;
        }
    auto length = static_cast<std::size_t>(std::abs(info.arity));
    if (info.arity < 0) length += below(9);
    if (below(16) == 0) length += below(2) == 0 ? 1 : std::size_t{0} - 1;
    while (out.size() < length) add_any(out);
    return out;
}

std::uint64_t chosen_seed() {
    const char* given = std::getenv("HERDGATE_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

std::string shown(const words& command) {
    std::string text;
    for (const std::string& word : command) {
        text += text.empty() ? "\"" : " \"";
        for (const char c : word) {
            char code[8];
            std::snprintf(code, sizeof(code), "\\x%02x", static_cast<unsigned char>(c));
            text += std::isprint(static_cast<unsigned char>(c)) != 0 ? std::string(1, c) : code;
        }
        text += '"';
    }
    return text;
}

}  // namespace herdgate::test
