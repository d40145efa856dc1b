// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "command_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    herdgate::fuzz::key_positions_of({reinterpret_cast<const char*>(data), size});
    return 0;
}
