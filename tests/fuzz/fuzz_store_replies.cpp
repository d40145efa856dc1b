// SPDX-License-Identifier: Apache-2.0
#include "store_replies_body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return herdgate::fuzz::store_replies(data, size);
}
