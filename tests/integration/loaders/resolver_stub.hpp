// SPDX-License-Identifier: Apache-2.0
//
// What resolver_stub.cpp tells of itself.
#pragma once

#include <atomic>

namespace herdgate::test {
extern std::atomic<int> slow_lookups;  ///< of slow.invalid, in progress
}
