// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/resp/request_parser.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/resp/decimal.hpp"

namespace herdgate::resp {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// What a parser keeps from one request to the next; more is given back. A connection mostly idles.
constexpr std::size_t kept_arguments = 256;
constexpr std::size_t kept_inline_bytes = 1024;

// The largest count that Redis takes as one at all, before it looks whether the client is
// authenticated.
constexpr std::size_t redis_count_max = std::numeric_limits<std::int32_t>::max();

std::size_t find(std::string_view buffer, char c, std::size_t begin, std::size_t end) {
    if (begin >= end) return npos;
    const void* found = std::memchr(buffer.data() + begin, c, end - begin);
    return found == nullptr
               ? npos
               : static_cast<std::size_t>(static_cast<const char*>(found) - buffer.data());
}

// The usual length: up to nine digits with CR and one byte more, all there. Returns the index of
// CR, or 0 for anything else, which the slow path then judges.
std::size_t read_small_number(std::string_view buffer, std::size_t begin, std::int64_t& value) {
    if (begin >= buffer.size()) return 0;
    const char* const first = buffer.data() + begin;
    // The byte after CR must be there too.
    const char* const end = first + std::min<std::size_t>(buffer.size() - begin - 1, 10);
    std::int64_t number = 0;
    const char* at = first;
    for (; at < end && *at >= '0' && *at <= '9'; ++at) number = number * 10 + (*at - '0');
    if (at == first || at == end || *at != '\r' || (*first == '0' && at - first > 1)) return 0;
    value = number;
    return begin + static_cast<std::size_t>(at - first);
}

template <typename T>
void clear_and_trim(T& container, std::size_t kept) {
    container.clear();
    if (container.capacity() > kept) T{}.swap(container);
}

}  // namespace

// What to say of a length line, by what it counts.
struct request_parser::length_texts {
    std::string_view too_long;
    std::string_view invalid;
};

constexpr request_parser::length_texts request_parser::count_texts{
    "ERR Protocol error: too big mbulk count string",
    "ERR Protocol error: invalid multibulk length"};
constexpr request_parser::length_texts request_parser::bulk_texts{
    "ERR Protocol error: too big bulk count string", "ERR Protocol error: invalid bulk length"};

parse_status request_parser::parse(std::string_view buffer) {
    if (state_ == state::failed) return parse_status::error;
    if (state_ == state::finished) reset();
    HERDGATE_ASSERT(buffer.size() >= position_);
    if (state_ == state::start) {
        if (buffer.empty()) return need(1);
        state_ = buffer.front() == '*' ? state::count : state::inline_line;
    }
    return state_ == state::inline_line ? parse_inline(buffer) : parse_multibulk(buffer);
}

parse_status request_parser::parse_inline(std::string_view buffer) {
    const std::size_t end =
        limits_.inline_bytes < buffer.size() ? limits_.inline_bytes + 1 : buffer.size();
    const std::size_t newline = find(buffer, '\n', scanned_, end);
    if (newline == npos) {
        if (buffer.size() > limits_.inline_bytes)
            return fail("ERR Protocol error: too big inline request");
        scanned_ = end;
        return need(1);
    }
    position_ = newline + 1;
    if (position_ > limits_.request_bytes) return fail_too_large();
    std::string_view line = buffer.substr(0, newline);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!split_inline(line, unescaped_, ranges_))
        return fail("ERR Protocol error: unbalanced quotes in request");
    return finish(unescaped_.data());
}

parse_status request_parser::parse_multibulk(std::string_view buffer) {
    if (state_ == state::count) {
        if (const parse_status status = read_count(buffer); status != parse_status::complete)
            return status;
    }
    while (remaining_ > 0) {
        if (state_ == state::length) {
            if (const parse_status status = read_bulk_length(buffer);
                status != parse_status::complete)
                return status;
        }
        const std::size_t arrived = buffer.size() - position_;
        if (arrived < bulk_ + 2) return need(bulk_ + 2 - arrived);
        ranges_.push_back({position_, bulk_});
        position_ += bulk_ + 2;
        scanned_ = position_;
        --remaining_;
        state_ = state::length;
    }
    return finish(buffer.data());
}

parse_status request_parser::read_count(std::string_view buffer) {
    std::int64_t count = 0;
    const parse_status status = read_length(buffer, count_texts, count);
    if (status != parse_status::complete) return status;
    if (count <= 0) return finish(nullptr);

    const auto arguments = static_cast<std::uint64_t>(count);
    if (arguments > (limits_.authenticated ? limits_.arguments : redis_count_max))
        return fail(count_texts.invalid);
    if (!limits_.authenticated &&
        arguments > std::min(limits_.arguments, limits::preauth_arguments))
        return fail("ERR Protocol error: unauthenticated multibulk length");
    remaining_ = arguments;
    state_ = state::length;
    return parse_status::complete;
}

parse_status request_parser::read_bulk_length(std::string_view buffer) {
    if (position_ == buffer.size()) return need(1);
    if (const char c = buffer[position_]; c != '$') {
        const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        return fail(std::string{"ERR Protocol error: expected '$', got '"} + (control ? ' ' : c) +
                    "'");
    }
    std::int64_t length = 0;
    const parse_status status = read_length(buffer, bulk_texts, length);
    if (status != parse_status::complete) return status;
    if (length < 0) return fail(bulk_texts.invalid);

    const auto bytes = static_cast<std::uint64_t>(length);
    if (bytes > (limits_.authenticated ? limits_.bulk_bytes : limits::bulk_bytes))
        return fail(bulk_texts.invalid);
    if (!limits_.authenticated && bytes > std::min(limits_.bulk_bytes, limits::preauth_bulk_bytes))
        return fail("ERR Protocol error: unauthenticated bulk length");
    // Told by the declared length, before the bytes are read in vain. position_ + 2 cannot
    // overflow, the sum could.
    if (position_ + 2 > limits_.request_bytes || bytes > limits_.request_bytes - position_ - 2)
        return fail_too_large();
    bulk_ = bytes;
    state_ = state::bulk;
    return parse_status::complete;
}

parse_status request_parser::read_length(std::string_view buffer, const length_texts& texts,
                                         std::int64_t& value) {
    const std::size_t first = position_ + 1;
    std::size_t cr = read_small_number(buffer, first, value);
    if (cr == 0) {
        // CR belongs to the first length_line_bytes - 1 bytes, for LF follows it.
        const std::size_t last = position_ + limits::length_line_bytes - 1;
        cr = find(buffer, '\r', std::max(first, scanned_), std::min(buffer.size(), last));
        if (cr == npos) {
            if (buffer.size() >= last) return fail(texts.too_long);
            scanned_ = buffer.size();
            return need(1);
        }
        scanned_ = cr;
        if (cr + 1 == buffer.size()) return need(1);
        const auto number = parse_decimal(buffer.substr(first, cr - first));
        if (!number) return fail(texts.invalid);
        value = *number;
    }
    position_ = scanned_ = cr + 2;
    return parse_status::complete;
}

parse_status request_parser::finish(const char* bytes) {
    for (const byte_range& range : ranges_) args_.emplace_back(bytes + range.offset, range.size);
    state_ = state::finished;
    return ranges_.empty() ? parse_status::skip : parse_status::complete;
}

parse_status request_parser::need(std::size_t bytes) {
    wanted_ = bytes;
    return parse_status::need_more;
}

parse_status request_parser::fail(std::string_view text) {
    error_ = text;
    state_ = state::failed;
    return parse_status::error;
}

parse_status request_parser::fail_too_large() {
    return fail("ERR Protocol error: request exceeds " + std::to_string(limits_.request_bytes) +
                " bytes");
}

void request_parser::reset() {
    state_ = state::start;
    position_ = scanned_ = 0;
    clear_and_trim(ranges_, kept_arguments);
    clear_and_trim(args_, kept_arguments);
    clear_and_trim(unescaped_, kept_inline_bytes);
}

}  // namespace herdgate::resp
