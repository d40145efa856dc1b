// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/meta_text.hpp"

#include <array>
#include <charconv>
#include <string>

#include "herdgate/core/cache/entry_notes.hpp"

namespace herdgate {
namespace {

/// Takes the text up to `end` off the front.
std::string_view take_until(std::string_view& text, char end) {
    const std::size_t at = text.find(end);
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

bool read_number(std::string_view text, std::uint64_t& number, int base) {
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number, base);
    return read.ec == std::errc{} && read.ptr == end && !text.empty();
}

redis_time at(std::uint64_t ms) {
    constexpr std::uint64_t last = std::uint64_t{1} << 53;  // what Lua's numbers hold exactly
    return redis_time{milliseconds{static_cast<std::int64_t>(std::min(ms, last))}};
}

}  // namespace

bool read_meta(std::string_view text, entry& e) {
    std::string_view line = take_until(text, '\n');
    if (take_until(line, ' ') != "1") return false;
    std::array<std::uint64_t, 6> numbers{};
    for (std::uint64_t& number : numbers)
        if (!read_number(take_until(line, ' '), number, 10)) return false;
    std::uint64_t stamp = 0;
    if (!read_number(line, stamp, 16)) return false;
    e.meta.fresh_until = at(numbers[0]);
    e.meta.revalidate_until = at(numbers[1]);
    e.meta.error_until = at(numbers[2]);
    e.meta.load_time = at(numbers[3]).time_since_epoch();
    e.meta.retry_at = at(numbers[4]);
    e.meta.failures = static_cast<std::uint32_t>(std::min<std::uint64_t>(numbers[5], 1000));
    e.stamp = stamp;
    std::string notes;
    while (!text.empty()) {
        std::string_view more = take_until(text, '\n');
        const std::string_view whole = more;
        const std::string_view name = take_until(more, ' ');
        std::uint64_t ms = 0;
        if (name == "reason") e.reason = more;
        if (name == "began" && read_number(more, ms, 10)) e.meta.began = at(ms);
        if (name == "uncacheable") e.uncacheable = true;
        if (is_note(whole)) (notes += whole) += '\n';
    }
    if (!notes.empty()) e.notes = shared_bytes{notes};
    return true;
}

entry make_entry(bool has_data, std::string_view data, std::string_view meta) {
    entry e;
    if (!read_meta(meta, e)) return e;
    if (has_data)
        e.value = shared_bytes{data};
    else
        e.negative = !e.uncacheable && e.meta.fresh_until > redis_time{};
    return e;
}

}  // namespace herdgate
