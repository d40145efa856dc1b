// SPDX-License-Identifier: Apache-2.0
//
// The text of a YAML file as lines: what is looked at before, and beside, the YAML library.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "herdgate/core/config/diagnostic.hpp"

namespace herdgate {

/// Splits at LF; a CR before it is not part of the line.
std::vector<std::string_view> split_lines(std::string_view text);

/// The first byte that no configuration may hold: a control byte but HTAB, or no UTF-8.
std::optional<diagnostic> text_problem(std::string_view text);

/// Whether a line looks as if it held a password or the like: such lines are not shown.
bool looks_secret(std::string_view line);

}  // namespace herdgate
