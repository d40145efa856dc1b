// SPDX-License-Identifier: Apache-2.0
//
// Numbers with units, as written in the configuration: 500ms, 30s, 5m, 1h, 7d; 512B, 64KiB, 16MiB,
// 1GiB. One number, one unit, no blanks, no fractions. Only 0 needs no unit.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "herdgate/core/base/text_error.hpp"

namespace herdgate {

/// Milliseconds. The error's message completes "'30' …"; it holds no text of the argument.
boost::system::result<std::int64_t, text_error> parse_duration(std::string_view text);

/// Bytes.
boost::system::result<std::int64_t, text_error> parse_size(std::string_view text);

/// A decimal number without sign.
boost::system::result<std::int64_t, text_error> parse_number(std::string_view text);

/// The shortest text that parses to the same value.
std::string format_duration(std::int64_t milliseconds);
std::string format_size(std::int64_t bytes);

}  // namespace herdgate
