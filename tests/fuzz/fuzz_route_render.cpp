// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "config_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    herdgate::fuzz::route_render({reinterpret_cast<const char*>(data), size});
    return 0;
}
