// SPDX-License-Identifier: Apache-2.0
//
// HERDGATE_ASSERT: for what cannot happen. On in every build: a broken assumption ends the process
// with its place, rather than serve wrong values. Never used on what a peer, a file or a user can
// cause.
#pragma once

namespace herdgate {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;
}

#define HERDGATE_ASSERT(expression)      \
    ((expression) ? static_cast<void>(0) \
                  : ::herdgate::assertion_failed(#expression, __FILE__, __LINE__))
