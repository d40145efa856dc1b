// SPDX-License-Identifier: Apache-2.0
//
// The bodies of the fuzz targets: each aborts when an input breaks a promise. libFuzzer calls them,
// and so does a unit test with every file of the corpus.
#pragma once

#include <cstddef>
#include <cstdint>

namespace herdgate::fuzz {

int request_parser(const std::uint8_t* data, std::size_t size);
int reply_parser(const std::uint8_t* data, std::size_t size);

}  // namespace herdgate::fuzz
