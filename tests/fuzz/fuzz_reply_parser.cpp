// SPDX-License-Identifier: Apache-2.0
#include "bodies.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return herdgate::fuzz::reply_parser(data, size);
}
