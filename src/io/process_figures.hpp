// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "herdgate/core/metrics/prometheus.hpp"

namespace herdgate {

/// Reads /proc/self. What cannot be read is 0.
process_figures read_process_figures();

}  // namespace herdgate
