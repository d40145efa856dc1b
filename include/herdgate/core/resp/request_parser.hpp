// SPDX-License-Identifier: Apache-2.0
//
// request_parser: reads what clients send, one command at a time. Pure: no sockets, no clock;
// parse_status.hpp shows how it is fed.
//
// Grammar, limits and error texts are those of Redis 7.0 (networking.c), with these differences:
// - The result depends on the bytes only, not on how they were sliced on the way.
// - A length line is limited to limits::length_line_bytes, not 64 KiB; "expected '$'" is said at
// the first wrong byte.
// - No more than request_limits::arguments (Redis: 2^31 - 1), and request_bytes in all (Redis: its
// query buffer limit).
// - NUL bytes are ordinary bytes; Redis waits for ever for the end of a line that holds one.
// As Redis, it does not check the two bytes that end a bulk nor the LF after a length.
//
// Memory: 16 bytes for each argument that arrived, twice when the command is complete; never by a
// declared count. What one large command took is given back at the next parse().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/resp/inline_arguments.hpp"
#include "herdgate/core/resp/parse_status.hpp"

namespace herdgate::resp {

struct request_limits {
    std::size_t arguments = limits::arguments;        ///< of one command
    std::size_t bulk_bytes = limits::bulk_bytes;      ///< of one argument
    std::size_t request_bytes = 64 * 1024 * 1024;     ///< of one command as it is on the wire
    std::size_t inline_bytes = limits::inline_bytes;  ///< of an inline command, without its LF
    /// False: limits::preauth_arguments and limits::preauth_bulk_bytes hold as well, with error
    /// texts that say why.
    bool authenticated = true;
};

class request_parser {
  public:
    explicit request_parser(const request_limits& limits = {}) : limits_(limits) {}

    /// For what is parsed from here on: a length already accepted stays accepted. Called when AUTH
    /// succeeded.
    void set_limits(const request_limits& limits) { limits_ = limits; }

    /// Goes on with the request at the beginning of `buffer`: the bytes of the last call if that
    /// returned need_more, and perhaps more. After an error every call returns that error.
    parse_status parse(std::string_view buffer);

    /// After complete and skip: the bytes to consume before the next parse(). Call that also when
    /// no bytes are left: it gives back what a large request took.
    std::size_t consumed() const { return position_; }

    /// After complete: the arguments, at least one. Valid until the next parse() and while the
    /// buffer's bytes stay put.
    std::span<const std::string_view> args() const { return args_; }

    /// After need_more: at least so many bytes (one or more) are missing. For a bulk it is a
    /// declared length: a reader may plan by it but pays for it only as bytes arrive.
    std::size_t wanted() const { return wanted_; }

    /// After error: what to tell the client, without '-' and line end.
    const std::string& error() const { return error_; }

    /// True when a part of a request was seen and the rest was not: the time for it is running.
    bool in_request() const { return state_ > state::start && state_ < state::finished; }

  private:
    enum class state : std::uint8_t {
        start,        ///< no byte of the request was seen
        inline_line,  ///< in a line that does not begin with '*'
        count,        ///< in "*count"
        length,       ///< at or in "$length"
        bulk,         ///< in an argument's bytes
        finished,     ///< complete or skip was returned
        failed,       ///< error was returned
    };

    struct length_texts;
    static const length_texts count_texts;
    static const length_texts bulk_texts;

    void reset();
    parse_status parse_inline(std::string_view buffer);
    parse_status parse_multibulk(std::string_view buffer);
    // These say complete when the line was read and parsing goes on.
    parse_status read_count(std::string_view buffer);
    parse_status read_bulk_length(std::string_view buffer);
    parse_status read_length(std::string_view buffer, const length_texts& texts,
                             std::int64_t& value);
    parse_status finish(const char* bytes);
    parse_status need(std::size_t bytes);
    parse_status fail(std::string_view text);
    parse_status fail_too_large();

    request_limits limits_;
    state state_ = state::start;
    std::size_t position_ = 0;   ///< everything before it is understood
    std::size_t scanned_ = 0;    ///< no line end between position_ and it
    std::size_t remaining_ = 0;  ///< arguments to come, of a multibulk
    std::size_t bulk_ = 0;       ///< bytes of the argument under way
    std::size_t wanted_ = 1;
    std::vector<byte_range>
        ranges_;  ///< the arguments so far: in the buffer, or in unescaped_ for an inline command
    std::vector<std::string_view> args_;
    std::string unescaped_;  ///< an inline command's arguments
    std::string error_;
};

}  // namespace herdgate::resp
