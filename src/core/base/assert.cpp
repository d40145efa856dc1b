// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace herdgate {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "herdgate: assertion failed: %s (%s:%d)\n", expression, file, line);
    std::abort();
}

}  // namespace herdgate
