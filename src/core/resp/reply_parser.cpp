// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/resp/reply_parser.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/resp/decimal.hpp"

namespace herdgate::resp {
namespace {

// A verbatim string begins with its format: three letters and a colon.
constexpr std::size_t verbatim_prefix = 4;

std::optional<reply_kind> kind_of(char type) {
    switch (type) {
        case '+':
            return reply_kind::simple;
        case '-':
            return reply_kind::error;
        case ':':
            return reply_kind::integer;
        case '$':
            return reply_kind::bulk;
        case '_':
            return reply_kind::null;
        case '*':
            return reply_kind::array;
        case '%':
            return reply_kind::map;
        case '~':
            return reply_kind::set;
        case '>':
            return reply_kind::push;
        case '#':
            return reply_kind::boolean;
        case ',':
            return reply_kind::double_;
        case '(':
            return reply_kind::big_number;
        case '=':
            return reply_kind::verbatim;
        case '!':
            return reply_kind::blob_error;
        default:
            return std::nullopt;
    }
}

// Types whose line is content, of any length; the line of the others is a number or a letter.
bool is_text(char type) {
    return type == '+' || type == '-' || type == ',' || type == '(';
}

std::size_t line_bytes_max(char type, std::size_t content) {
    if (!is_text(type)) return limits::length_line_bytes;
    constexpr std::size_t around = 3;  // the type and CR LF
    return content + std::min(around, SIZE_MAX - content);
}

// Loosely: spellings of doubles vary between versions. Only what is surely none is refused.
bool is_double(std::string_view text) {
    return !text.empty() &&
           text.find_first_not_of("0123456789+-.eEinfaINFA") == std::string_view::npos;
}

}  // namespace

parse_status reply_parser::parse(std::string_view buffer) {
    if (state_ == state::failed) return parse_status::error;
    if (state_ == state::finished) reset();
    HERDGATE_ASSERT(buffer.size() >= position_);
    if (state_ == state::start) {
        if (buffer.empty()) return need(1);
        state_ = state::header;
    }
    while (true) {
        const parse_status status = state_ == state::bulk ? read_bulk(buffer) : read_header(buffer);
        if (status != parse_status::complete) return status;
        if (state_ == state::finished) return parse_status::complete;
    }
}

// One line: a whole scalar, or what opens a bulk or an aggregate.
parse_status reply_parser::read_header(std::string_view buffer) {
    if (position_ == buffer.size()) return need(1);
    const char type = buffer[position_];
    if (type != '|' && !kind_of(type)) return fail("unknown reply type");

    const std::size_t first = position_ + 1;
    const std::size_t from = std::max(first, scanned_);
    // CR has its place in the line before LF, so it is searched one byte less far.
    const std::size_t most = line_bytes_max(type, limits_.bulk_bytes) - 1;
    const std::size_t window = std::min(buffer.size() - position_, most);
    const std::size_t end = position_ + window;
    const void* found = from < end ? std::memchr(buffer.data() + from, '\r', end - from) : nullptr;
    if (found == nullptr) {
        if (window == most) return fail("line too long");
        scanned_ = end;
        return need(first == buffer.size() ? 2 : 1);
    }
    const auto cr = static_cast<std::size_t>(static_cast<const char*>(found) - buffer.data());
    scanned_ = cr;
    if (cr + 1 == buffer.size()) return need(1);
    if (buffer[cr + 1] != '\n') return fail("CR without LF");
    position_ = scanned_ = cr + 2;
    return accept(type, buffer.substr(first, cr - first));
}

parse_status reply_parser::accept(char type, std::string_view line) {
    if (stack_.empty() && type != '|') kind_ = *kind_of(type);
    switch (type) {
        case '$':
        case '=':
        case '!':
            return open_bulk(type, line);
        case '*':
        case '%':
        case '~':
        case '>':
        case '|':
            return open(type, line);
        default:
            return accept_scalar(type, line);
    }
}

parse_status reply_parser::accept_scalar(char type, std::string_view line) {
    switch (type) {
        case ':':
            if (!parse_decimal(line)) return fail("bad integer");
            break;
        case '_':
            if (!line.empty()) return fail("bad null");
            break;
        case '#':
            if (line != "t" && line != "f") return fail("bad boolean");
            break;
        case ',':
            if (!is_double(line)) return fail("bad double");
            break;
        default:
            // To a client that ends lines at LF the rest would be a reply of its own.
            if (line.find('\n') != std::string_view::npos) return fail("LF without CR");
    }
    return end_value();
}

parse_status reply_parser::open_bulk(char type, std::string_view line) {
    if (line == "?") return fail("streamed replies are not supported");
    const auto length = parse_decimal(line);
    if (type == '$' && length == -1) {
        if (stack_.empty()) kind_ = reply_kind::null;
        return end_value();
    }
    if (!length || *length < 0) return fail("bad bulk length");
    const auto bytes = static_cast<std::uint64_t>(*length);
    if (bytes > limits_.bulk_bytes) return fail("bulk too long");
    if (type == '=' && bytes < verbatim_prefix) return fail("bad verbatim string");
    bulk_type_ = type;
    bulk_ = bytes;
    state_ = state::bulk;
    return parse_status::complete;
}

parse_status reply_parser::read_bulk(std::string_view buffer) {
    // No sums of position_ and bulk_: bulk_ may be near 2^63.
    const std::size_t arrived = buffer.size() - position_;
    if (arrived < bulk_ + 2) return need(bulk_ + 2 - arrived);
    const std::string_view content = buffer.substr(position_, bulk_);
    if (bulk_type_ == '=' && content[verbatim_prefix - 1] != ':')
        return fail("bad verbatim string");
    position_ += bulk_;
    if (buffer.substr(position_, 2) != "\r\n") return fail("bulk without line end");
    position_ += 2;
    scanned_ = position_;
    state_ = state::header;
    return end_value();
}

parse_status reply_parser::open(char type, std::string_view line) {
    if (line == "?") return fail("streamed replies are not supported");
    const auto count = parse_decimal(line);
    if (type == '*' && count == -1) {
        if (stack_.empty()) kind_ = reply_kind::null;
        return end_value();
    }
    if (!count || *count < 0) return fail("bad element count");
    const std::uint64_t each = type == '%' || type == '|' ? 2 : 1;
    const auto declared = static_cast<std::uint64_t>(*count);
    if (declared > limits_.elements / each) return fail("too many elements");
    if (stack_.size() >= limits_.nesting) return fail("nested too deeply");

    const bool attribute = type == '|';
    if (declared > 0) {
        stack_.push_back({declared * each, attribute});
        return parse_status::complete;
    }
    return attribute ? parse_status::complete : end_value();
}

// A value is whole: so may be the aggregates that it was the last element of.
parse_status reply_parser::end_value() {
    while (!stack_.empty()) {
        open_aggregate& innermost = stack_.back();
        if (--innermost.remaining > 0) return parse_status::complete;
        const bool attribute = innermost.attribute;
        stack_.pop_back();
        if (attribute) return parse_status::complete;
    }
    state_ = state::finished;
    return parse_status::complete;
}

parse_status reply_parser::need(std::size_t bytes) {
    wanted_ = bytes;
    return parse_status::need_more;
}

parse_status reply_parser::fail(const char* text) {
    error_ = text;
    state_ = state::failed;
    return parse_status::error;
}

void reply_parser::reset() {
    state_ = state::start;
    position_ = scanned_ = 0;
}

}  // namespace herdgate::resp
