// SPDX-License-Identifier: Apache-2.0
//
// Two kinds of time that do not convert into each other.
//
//   steady_time   deadlines inside this process. Never stored, never sent.
//   redis_time    what entries are judged by: milliseconds since the Unix epoch on the clock of the
//   store
//                 (Redis's clock; for the embedded store, this process's own).
//
// The core never reads a clock: time comes in as a value.
#pragma once

#include <chrono>

namespace herdgate {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct steady_tag {};
struct redis_tag {};

using steady_time = std::chrono::time_point<steady_tag, nanoseconds>;
using redis_time = std::chrono::time_point<redis_tag, milliseconds>;

/// One moment, on both clocks. Read once per turn of the event loop and handed down.
struct instant {
    steady_time steady;
    redis_time store;
};

}  // namespace herdgate
