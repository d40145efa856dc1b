// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/config/units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace herdgate {
namespace {

struct unit {
    std::string_view name;
    std::int64_t factor;
};

// Ascending: formatting takes the largest that divides.
constexpr std::array<unit, 5> duration_units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<unit, 4> size_units{
    {{"B", 1}, {"KiB", 1024}, {"MiB", std::int64_t{1} << 20}, {"GiB", std::int64_t{1} << 30}}};

struct scaled {
    std::string_view what;
    std::string_view example;
    std::span<const unit> units;
};
const scaled durations{"a duration", "500ms, 30s, 5m, 1h, 7d", duration_units};
const scaled sizes{"a size", "512B, 64KiB, 16MiB, 1GiB", size_units};

boost::system::result<std::int64_t, text_error> parse(std::string_view text, const scaled& kind) {
    const text_error wrong{"is not " + std::string{kind.what},
                           "for example " + std::string{kind.example}, 0};
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (text.starts_with('-')) return wrong;
    if (error == std::errc::result_out_of_range) return text_error{"is too large", {}, 0};
    if (error != std::errc{}) return wrong;
    const std::string_view suffix = text.substr(static_cast<std::size_t>(stop - text.data()));
    if (suffix.empty() && number == 0) return std::int64_t{0};
    if (suffix.empty()) return text_error{wrong.message + ": add a unit", wrong.hint, 0};
    for (const unit& u : kind.units) {
        if (u.name != suffix) continue;
        if (number > std::numeric_limits<std::int64_t>::max() / u.factor)
            return text_error{"is too large", {}, 0};
        return number * u.factor;
    }
    return wrong;
}

std::string format(std::int64_t value, const scaled& kind) {
    if (value == 0) return "0";
    const unit* best = &kind.units.front();
    for (const unit& u : kind.units) {
        if (value % u.factor == 0) best = &u;
    }
    return std::to_string(value / best->factor) + std::string{best->name};
}

}  // namespace

boost::system::result<std::int64_t, text_error> parse_duration(std::string_view text) {
    return parse(text, durations);
}

boost::system::result<std::int64_t, text_error> parse_size(std::string_view text) {
    return parse(text, sizes);
}

boost::system::result<std::int64_t, text_error> parse_number(std::string_view text) {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc::result_out_of_range) return text_error{"is too large", {}, 0};
    if (error != std::errc{} || stop != end || text.starts_with('-'))
        return text_error{"is not a number", "decimal digits only", 0};
    return number;
}

boost::system::result<std::int64_t, text_error> parse_percent(std::string_view text) {
    const text_error wrong{"is not a percentage", "for example 10%, 0.5%", 0};
    if (text == "0") return std::int64_t{0};
    if (!text.ends_with('%')) {
        if (parse_number(text)) return text_error{wrong.message + ": add a %", wrong.hint, 0};
        return wrong;
    }
    text.remove_suffix(1);
    const auto point = std::min(text.find('.'), text.size());
    const auto whole = parse_number(text.substr(0, point));
    std::string fraction{text.substr(point)};
    if (fraction.size() == 1 || fraction.size() > 3) return wrong;
    fraction.resize(3, '0');
    const auto hundredths = parse_number(std::string_view{fraction}.substr(1));
    if (!whole || !(point == text.size() || hundredths)) return wrong;
    if (*whole > std::numeric_limits<std::int64_t>::max() / 100 - 1)
        return text_error{"is too large", {}, 0};
    return *whole * 100 + (point == text.size() ? 0 : *hundredths);
}

boost::system::result<std::int64_t, text_error> parse_boolean(std::string_view text) {
    if (text == "true") return std::int64_t{1};
    if (text == "false") return std::int64_t{0};
    return text_error{"is not a boolean", "true or false", 0};
}

std::string format_duration(std::int64_t milliseconds) {
    return format(milliseconds, durations);
}

std::string format_size(std::int64_t bytes) {
    return format(bytes, sizes);
}

std::string format_percent(std::int64_t hundredths) {
    std::string text = std::to_string(hundredths / 100);
    if (const std::int64_t rest = hundredths % 100; rest != 0) {
        text += rest < 10 ? ".0" : ".";
        text += std::to_string(rest % 10 == 0 ? rest / 10 : rest);
    }
    return text + "%";
}

}  // namespace herdgate
