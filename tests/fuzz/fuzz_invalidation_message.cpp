// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "fleet_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    herdgate::fuzz::invalidation({reinterpret_cast<const char*>(data), size});
    return 0;
}
