// SPDX-License-Identifier: Apache-2.0
//
// Writes replies: each function appends one reply, or the header of an aggregate whose elements the
// caller appends next, to a buffer. What RESP2 has no type for is written as Redis itself degrades
// it. Spec: https://redis.io/docs/reference/protocol-spec/
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace herdgate::resp {

/// The protocol a client speaks, chosen by HELLO.
enum class protocol : std::uint8_t { resp2 = 2, resp3 = 3 };

/// +text. `text` holds no CR or LF.
void write_simple(std::string& out, std::string_view text);

/// -text, where text begins with the error's code ("ERR …"). CR, LF and other control bytes become
/// spaces, as in Redis; the text ends after 512 bytes: an error can neither split a reply nor flood
/// a client.
void write_error(std::string& out, std::string_view text);

void write_integer(std::string& out, std::int64_t value);
void write_bulk(std::string& out, std::string_view bytes);

/// No value: $-1 in RESP2, _ in RESP3.
void write_null(std::string& out, protocol p);

/// No array: *-1 in RESP2, _ in RESP3.
void write_null_array(std::string& out, protocol p);

/// *count, then `count` replies follow.
void write_array(std::string& out, std::size_t count);

/// A map of `pairs` keys and values; in RESP2 an array of twice as many elements.
void write_map(std::string& out, std::size_t pairs, protocol p);

/// A set of `count` elements; in RESP2 an array.
void write_set(std::string& out, std::size_t count, protocol p);

/// #t or #f; in RESP2 the integers 1 and 0.
void write_boolean(std::string& out, bool value, protocol p);

/// A double; in RESP2 a bulk string.
void write_double(std::string& out, double value, protocol p);

/// Text for people (INFO, CLIENT LIST): =…txt: in RESP3, a bulk in RESP2.
void write_text(std::string& out, std::string_view text, protocol p);

inline constexpr std::string_view ok = "+OK\r\n";

}  // namespace herdgate::resp
