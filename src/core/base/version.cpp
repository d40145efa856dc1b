// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/base/version.hpp"

namespace herdgate {

const std::string_view version = HERDGATE_VERSION;

}  // namespace herdgate
