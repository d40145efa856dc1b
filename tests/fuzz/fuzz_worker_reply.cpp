// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "fill_targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    herdgate::fuzz::worker_reply({reinterpret_cast<const char*>(data), size});
    return 0;
}
