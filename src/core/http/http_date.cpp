// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/http_date.hpp"

#include <array>
#include <chrono>

#include "header_text.hpp"

namespace herdgate {
namespace {

/// Reads a date from left to right. After a failure everything it gives is meaningless.
class date_reader {
  public:
    explicit date_reader(std::string_view text) noexcept : left_(text) {}

    bool failed() const noexcept { return failed_; }
    bool done() const noexcept { return left_.empty(); }

    bool skip(std::string_view literal) noexcept {
        if (!left_.starts_with(literal)) return false;
        left_.remove_prefix(literal.size());
        return true;
    }

    void expect(std::string_view literal) noexcept { failed_ = !skip(literal) || failed_; }

    void skip_word() noexcept {
        std::size_t size = 0;
        while (size < left_.size() && letter(left_[size])) ++size;
        failed_ = failed_ || size < 3;
        left_.remove_prefix(size);
    }

    int number(std::size_t digits) noexcept {
        int value = 0;
        for (; digits > 0 && !left_.empty(); --digits, left_.remove_prefix(1)) {
            if (left_.front() < '0' || left_.front() > '9') break;
            value = value * 10 + (left_.front() - '0');
        }
        failed_ = failed_ || digits != 0;
        return value;
    }

    unsigned month() noexcept {
        constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        for (unsigned i = 0; i < names.size(); ++i)
            if (skip(names[i])) return i + 1;
        failed_ = true;
        return 1;
    }

    std::int64_t time_of_day() noexcept {
        const int hour = number(2);
        expect(":");
        const int minute = number(2);
        expect(":");
        const int second = number(2);
        failed_ = failed_ || hour > 23 || minute > 59 || second > 60;  // 60: a leap second
        return hour * 3600 + minute * 60 + second;
    }

  private:
    static bool letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

    std::string_view left_;
    bool failed_ = false;
};

std::int64_t days_in_seconds(std::chrono::year_month_day date) noexcept {
    return std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86'400};
}

/// RFC 9110: a year that seems to be more than 50 years ahead is the last past one of these digits.
int whole_year(int digits, std::int64_t now) noexcept {
    using namespace std::chrono;
    const year_month_day today{floor<days>(sys_seconds{seconds{now}})};
    const int this_year = static_cast<int>(today.year());
    int year = this_year / 100 * 100 + digits;
    if (year > this_year + 50) year -= 100;
    return year;
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now) noexcept {
    date_reader from{header_text::trimmed(text)};
    int day = 0;
    unsigned month = 0;
    int year = 0;
    std::int64_t time = 0;
    from.skip_word();
    if (from.skip(", ")) {
        day = from.number(2);
        const bool obsolete = from.skip("-");
        if (!obsolete) from.expect(" ");
        month = from.month();
        from.expect(obsolete ? "-" : " ");
        year = obsolete ? whole_year(from.number(2), now) : from.number(4);
        from.expect(" ");
        time = from.time_of_day();
        from.expect(" GMT");
    } else {
        from.expect(" ");
        month = from.month();
        from.expect(" ");
        day = from.number(from.skip(" ") ? 1 : 2);
        from.expect(" ");
        time = from.time_of_day();
        from.expect(" ");
        year = from.number(4);
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (from.failed() || !from.done() || !date.ok()) return std::nullopt;
    return days_in_seconds(date) + time;
}

}  // namespace herdgate
