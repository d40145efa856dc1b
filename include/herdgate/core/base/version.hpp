// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace herdgate {

/// This program's version, from the build.
extern const std::string_view version;

}  // namespace herdgate
