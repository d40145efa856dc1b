// SPDX-License-Identifier: Apache-2.0
//
// Numbers with units, as written in the configuration: 500ms, 30s, 5m, 1h, 7d; 512B, 64KiB, 16MiB,
// 1GiB; 20%, 0.5%. One number, one unit, no blanks; fractions (two digits) of percentages only.
// Only 0 needs no unit.
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

/// Hundredths of a percent: "20%" is 2000, "0.25%" is 25.
boost::system::result<std::int64_t, text_error> parse_percent(std::string_view text);

/// 1 of "true", 0 of "false". YAML 1.1's other words for them are refused.
boost::system::result<std::int64_t, text_error> parse_boolean(std::string_view text);

/// The shortest text that parses to the same value.
std::string format_duration(std::int64_t milliseconds);
std::string format_size(std::int64_t bytes);
std::string format_percent(std::int64_t hundredths);

}  // namespace herdgate
