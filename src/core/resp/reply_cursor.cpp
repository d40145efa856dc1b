// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/resp/reply_cursor.hpp"

#include "herdgate/core/resp/decimal.hpp"

namespace herdgate::resp {
namespace {

/// The shortest value is a type and a line end.
constexpr std::size_t value_bytes_min = 3;

/// A value without its elements.
struct head {
    std::size_t bytes = 0;  ///< with a bulk's content; 0: there is no value
    reply_kind kind = reply_kind::null;
    std::string_view text;
    std::int64_t number = 0;   ///< of an integer
    std::size_t elements = 0;  ///< that follow
};

head read_bulk(std::string_view bytes, std::size_t line_bytes, std::int64_t length) {
    if (length == -1) return {line_bytes, reply_kind::null, {}};
    const std::size_t room = bytes.size() - line_bytes;
    const auto size = static_cast<std::uint64_t>(length);
    if (length < 0 || room < 2 || size > room - 2) return {};
    return {line_bytes + size + 2, reply_kind::bulk, bytes.substr(line_bytes, size)};
}

head read_aggregate(std::string_view bytes, std::size_t line_bytes, std::int64_t count) {
    if (count == -1) return {line_bytes, reply_kind::null, {}};
    const auto elements = static_cast<std::uint64_t>(count);
    if (count < 0 || elements > (bytes.size() - line_bytes) / value_bytes_min) return {};
    const reply_kind kind = bytes.front() == '>' ? reply_kind::push : reply_kind::array;
    return {line_bytes, kind, {}, 0, elements};
}

head read_head(std::string_view bytes) {
    const std::size_t end = bytes.find("\r\n");
    if (end == std::string_view::npos || end == 0) return {};
    const std::string_view line = bytes.substr(1, end - 1);
    const std::size_t line_bytes = end + 2;
    if (bytes.front() == '+') return {line_bytes, reply_kind::simple, line};
    if (bytes.front() == '-') return {line_bytes, reply_kind::error, line};
    const auto number = parse_decimal(line);
    if (!number) return {};
    switch (bytes.front()) {
        case ':':
            return {line_bytes, reply_kind::integer, {}, *number};
        case '$':
            return read_bulk(bytes, line_bytes, *number);
        case '*':
        case '>':
            return read_aggregate(bytes, line_bytes, *number);
        default:
            return {};
    }
}

/// The bytes of the value that `bytes` begins with and of all that is in it; 0 if they are not all
/// there.
std::size_t tree_bytes(std::string_view bytes) {
    std::size_t at = 0;
    for (std::size_t open = 1; open > 0; --open) {
        const head value = read_head(bytes.substr(at));
        if (value.bytes == 0) return 0;
        at += value.bytes;
        open += value.elements;
        if (open - 1 > (bytes.size() - at) / value_bytes_min) return 0;
    }
    return at;
}

}  // namespace

reply_cursor::reply_cursor(std::string_view frame) noexcept {
    const head value = read_head(frame);
    if (value.bytes == 0) return;
    frame_ = frame;
    text_ = value.text;
    number_ = value.number;
    kind_ = value.kind;
    size_ = left_ = value.elements;
    if (left_ > 0) rest_ = frame.substr(value.bytes);
}

std::optional<std::int64_t> reply_cursor::integer() const noexcept {
    if (kind_ != reply_kind::integer) return std::nullopt;
    return number_;
}

reply_cursor reply_cursor::next() noexcept {
    if (left_ == 0) return {};
    const std::size_t bytes = tree_bytes(rest_);
    if (bytes == 0) {
        left_ = 0;
        return {};
    }
    --left_;
    const reply_cursor element{rest_.substr(0, bytes)};
    rest_.remove_prefix(bytes);
    return element;
}

}  // namespace herdgate::resp
