// SPDX-License-Identifier: Apache-2.0
//
// Diagnostics as text for people (compiler style, with the line and a caret), as JSON for programs,
// and as workflow commands for GitHub.
#pragma once

#include <string>
#include <string_view>

#include "herdgate/io/config_file.hpp"

namespace herdgate {

enum class diagnostic_format { text, json, github };

/// config.yaml:14:5: error: unknown key 'ttll' in routes[2]
///    14 |     ttll: 30s
///       |     ^~~~
/// hint: did you mean 'ttl'?
std::string format_diagnostics(const config_file_report& report, diagnostic_format format);

}  // namespace herdgate
