// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/key_positions.hpp"

#include <algorithm>
#include <array>

#include "herdgate/core/base/words.hpp"
#include "herdgate/core/resp/decimal.hpp"

namespace herdgate {
namespace {

using words = std::span<const std::string_view>;
using positions = std::vector<std::size_t>;

/// As Redis compares an option: as a C string. A NUL ends it.
bool is_option(std::string_view word, std::string_view lowercase) noexcept {
    return is_word(word.substr(0, word.find('\0')), lowercase);
}

void add_range(std::size_t first, std::size_t end, positions& out) {
    for (std::size_t i = first; i < end; ++i) out.push_back(i);
}

// --- By specification

/// The word after the keyword; 0 if it is not there. As Redis does, it does not look at the last
/// word.
std::size_t after_keyword(const key_spec& spec, words args) {
    for (auto i = static_cast<std::size_t>(spec.at); i + 1 < args.size(); ++i)
        if (is_option(args[i], spec.keyword)) return i + 1;
    return 0;
}

/// The index of the last key of a range that begins with the word `first`. May lie anywhere.
std::ptrdiff_t last_of_range(const key_spec& spec, std::ptrdiff_t first, std::ptrdiff_t count) {
    if (spec.last >= 0) return first + spec.last;
    if (spec.limit == 0) return count + spec.last;
    return first + (count - first) / spec.limit + spec.last;
}

/// Adds the keys of one specification; false if the words do not fit it.
bool add_specified(const key_spec& spec, words args, positions& out) {
    if (spec.begin == key_begin::unknown || spec.find == key_find::unknown || spec.at < 1)
        return false;
    const bool searches = spec.begin == key_begin::keyword;
    const std::size_t begin =
        searches ? after_keyword(spec, args) : static_cast<std::size_t>(spec.at);
    if (searches && begin == 0) return true;
    const auto count = static_cast<std::ptrdiff_t>(args.size());
    auto first = static_cast<std::ptrdiff_t>(begin);
    std::ptrdiff_t last = 0;
    if (spec.find == key_find::range) {
        last = last_of_range(spec, first, count);
    } else {
        const std::size_t number = begin + static_cast<std::size_t>(spec.number);
        if (number >= args.size()) return false;
        const auto keys = resp::parse_decimal(args[number]);
        if (!keys || *keys < 1 || *keys > count) return false;
        first += spec.first;
        last = first + static_cast<std::ptrdiff_t>(*keys) - 1;
    }
    if (last < first || last >= count) return false;
    for (; first <= last; first += spec.step) out.push_back(static_cast<std::size_t>(first));
    return true;
}

void add_all_specified(const command_info& info, words args, positions& out) {
    for (const key_spec& spec : key_specs_of(info)) {
        if (add_specified(spec, args, out)) continue;
        out.clear();
        return;
    }
}

// --- By the command's own order of reading

/// GEORADIUS key longitude latitude radius unit … [STORE key | STOREDIST key]; the last one counts.
void add_georadius(const command_info& info, words args, positions& out) {
    std::size_t stored = 0;
    // The options begin after the words that must be there.
    for (auto i = static_cast<std::size_t>(-info.arity); i + 1 < args.size(); ++i)
        if (is_option(args[i], "store") || is_option(args[i], "storedist")) stored = ++i;
    out.push_back(1);
    if (stored != 0) out.push_back(stored);
}

/// MIGRATE host port key | "" database timeout [COPY] [REPLACE] [AUTH password | AUTH2 user
/// password] [KEYS key …]
void add_migrate(const command_info&, words args, positions& out) {
    constexpr std::size_t key = 3;
    for (std::size_t i = 6; i < args.size(); ++i) {
        if (is_option(args[i], "auth"))
            i += 1;
        else if (is_option(args[i], "auth2"))
            i += 2;
        else if (is_option(args[i], "keys")) {
            if (args[key].empty()) add_range(i + 1, args.size(), out);
            return;
        }
    }
    out.push_back(key);
}

/// SORT key … [BY pattern] [LIMIT offset count] [GET pattern] … [STORE key]; the last STORE counts.
void add_sort(const command_info&, words args, positions& out) {
    std::size_t stored = 0;
    for (std::size_t i = 2; i < args.size(); ++i) {
        if (is_option(args[i], "limit"))
            i += 2;
        else if (is_option(args[i], "by") || is_option(args[i], "get"))
            i += 1;
        else if (is_option(args[i], "store") && i + 1 < args.size())
            stored = ++i;
    }
    out.push_back(1);
    if (stored != 0) out.push_back(stored);
}

/// SORT_RO key … without STORE.
void add_sort_ro(const command_info&, words, positions& out) {
    out.push_back(1);
}

/// The word after STREAMS, where the options before it can be read and name a group; 0 otherwise.
std::size_t after_streams(words args) {
    bool grouped = false;
    for (std::size_t i = 1; i < args.size(); ++i) {
        if (is_option(args[i], "streams")) return grouped ? i + 1 : 0;
        if (is_option(args[i], "group")) {
            grouped = true;
            i += 2;
        } else if (is_option(args[i], "count") || is_option(args[i], "block")) {
            i += 1;
        } else if (!is_option(args[i], "noack")) {
            return 0;
        }
    }
    return 0;
}

/// XREADGROUP … GROUP group consumer … STREAMS key … id …: the specification would take a group
/// called "streams" for the option.
void add_xreadgroup(const command_info& info, words args, positions& out) {
    const std::size_t first = after_streams(args);
    if (first == 0) return add_all_specified(info, args, out);
    add_range(first, first + (args.size() - first) / 2, out);
}

struct own_order {
    std::string_view name;
    void (*add)(const command_info&, words, positions&);
};

constexpr std::array<own_order, 6> own_orders{{
    {"georadius", add_georadius},
    {"georadiusbymember", add_georadius},
    {"migrate", add_migrate},
    {"sort", add_sort},
    {"sort_ro", add_sort_ro},
    {"xreadgroup", add_xreadgroup},
}};

void add_searched(const command_info& info, words args, positions& out) {
    for (const own_order& own : own_orders)
        if (own.name == info.name) return own.add(info, args, out);
    add_all_specified(info, args, out);
}

}  // namespace

void key_positions(const command_info& info, words args, positions& out) {
    out.clear();
    const command_info* run = &info;
    if (info.is_container() && args.size() > 1) run = find_subcommand(info, args[1]);
    if (run == nullptr || run->keys == key_layout::none || !run->arity_fits(args.size())) return;
    if (run->keys == key_layout::searched) return add_searched(*run, args, out);
    const key_range keys = keys_of(*run, args.size());
    for (std::size_t i = keys.first; i <= keys.last; i += keys.step) out.push_back(i);
}

}  // namespace herdgate
