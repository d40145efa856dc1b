// SPDX-License-Identifier: Apache-2.0
//
// What a test program has taken from the heap: its operator new counts. Not with clang's thread
// sanitizer, which has replaced operator new already.
#pragma once

#include <cstddef>

namespace herdgate {

/// All that was ever taken, in bytes; what was given back is not subtracted.
std::size_t allocated_bytes() noexcept;

/// What `work` takes.
template <typename Work>
std::size_t bytes_taken_by(Work work) {
    const std::size_t before = allocated_bytes();
    work();
    return allocated_bytes() - before;
}

}  // namespace herdgate
