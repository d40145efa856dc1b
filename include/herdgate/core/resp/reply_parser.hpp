// SPDX-License-Identifier: Apache-2.0
//
// reply_parser: finds where one reply of an upstream Redis ends, so that its bytes can be passed on
// as they are. It checks what it passes: a client's parser, however lax, sees the same reply in the
// same bytes. Pure: no sockets, no clock.
//
// One frame is one reply of RESP2 or RESP3 with everything in it, and the attributes before it:
//
//     |1\r\n+ttl\r\n:3600\r\n *2\r\n$1\r\na\r\n_\r\n        kind() is array
//
// Promises: no recursion; nothing is allocated by a declared count (the stack of open aggregates
// grows by arriving headers, to at most reply_limits::nesting); counts cannot overflow; bytes
// understood are not looked at again. It does not know which replies are expected, builds no tree
// and does not read streamed types ($?, *?). Spec:
// https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/resp/parse_status.hpp"

namespace herdgate::resp {

struct reply_limits {
    std::size_t nesting = limits::reply_nesting;  ///< aggregates (and attributes) within each other
    std::size_t bulk_bytes = limits::bulk_bytes;  ///< content of one bulk, and of one line of text
    /// Elements of one aggregate; a map has two for each pair.
    std::uint64_t elements = std::numeric_limits<std::int64_t>::max();
};

/// What a reply is, seen from outside: errors and pushes are told from results without a look at
/// the bytes.
enum class reply_kind : std::uint8_t {
    simple,      ///< +
    error,       ///< -
    integer,     ///< :
    bulk,        ///< $
    null,        ///< _ $-1 *-1
    array,       ///< *
    map,         ///< %
    set,         ///< ~
    push,        ///< > answers no command
    boolean,     ///< #
    double_,     ///< ,
    big_number,  ///< (
    verbatim,    ///< =
    blob_error,  ///< !
};

class reply_parser {
  public:
    explicit reply_parser(const reply_limits& limits = {}) : limits_(limits) {}

    /// Goes on with the reply at the beginning of `buffer`: complete, need_more or error. After
    /// complete the next call begins a new reply; after an error every call returns that error.
    parse_status parse(std::string_view buffer);

    /// After complete: the bytes of the reply.
    std::size_t consumed() const { return position_; }

    /// After complete.
    reply_kind kind() const { return kind_; }

    /// After need_more: at least so many bytes (one or more) are missing.
    std::size_t wanted() const { return wanted_; }

    /// After error: what is wrong, a few words for the log.
    std::string_view error() const { return error_; }

    /// True when a part of a reply was seen and the rest was not.
    bool in_reply() const { return state_ == state::header || state_ == state::bulk; }

  private:
    enum class state : std::uint8_t {
        start,     ///< no byte of the reply was seen
        header,    ///< at or in a line that begins with a type
        bulk,      ///< in the bytes of a bulk, its type is bulk_type_
        finished,  ///< complete was returned
        failed,    ///< error was returned
    };

    /// An aggregate whose elements are being read.
    struct open_aggregate {
        std::uint64_t remaining;  ///< elements, at least one
        bool attribute;           ///< when it ends, what it belongs to is still to come
    };

    void reset();
    // These say complete when the step was taken and parsing goes on.
    parse_status read_header(std::string_view buffer);
    parse_status read_bulk(std::string_view buffer);
    parse_status accept(char type, std::string_view line);
    parse_status accept_scalar(char type, std::string_view line);
    parse_status open_bulk(char type, std::string_view line);
    parse_status open(char type, std::string_view line);
    parse_status end_value();
    parse_status need(std::size_t bytes);
    parse_status fail(const char* text);

    reply_limits limits_;
    state state_ = state::start;
    reply_kind kind_ = reply_kind::null;
    char bulk_type_ = '$';
    std::size_t position_ = 0;  ///< everything before it is understood
    std::size_t scanned_ = 0;   ///< no line end between position_ and it
    std::size_t bulk_ = 0;      ///< bytes of the bulk under way
    std::size_t wanted_ = 1;
    std::vector<open_aggregate> stack_;
    std::string_view error_;
};

}  // namespace herdgate::resp
