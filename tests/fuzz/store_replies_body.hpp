// SPDX-License-Identifier: Apache-2.0
//
// The body of the store's fuzz target: called by libFuzzer, and by a unit test with its corpus.
#pragma once

#include <cstddef>
#include <cstdint>

namespace herdgate::fuzz {

int store_replies(const std::uint8_t* data, std::size_t size);

}  // namespace herdgate::fuzz
