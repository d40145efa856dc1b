// SPDX-License-Identifier: Apache-2.0
//
// effective_config: the configuration as it is in force, for GET /config: every setting with what
// was written or its default, made from the field table. Nothing secret is in it: passwords,
// headers and variables whose names promise a secret, users within URLs, and whatever ${…} has put
// in are shown as "***".
#pragma once

#include <string>

#include "herdgate/core/config/config_tree.hpp"

namespace herdgate {

/// JSON, indented, with a line's end at its end. `root`: of a document that decode_config accepts.
std::string effective_config(const config_node& root);

}  // namespace herdgate
