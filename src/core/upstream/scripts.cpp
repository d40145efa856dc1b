// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/upstream/scripts.hpp"

namespace herdgate {
namespace {

#include "scripts.inc"

constexpr std::array<std::string_view, script_count> sources{
    acquire_script, renew_script,   fill_script,  fail_script,  release_script, invalidate_script,
    swap_script,    outdate_script, slide_script, enter_script, leave_script};

}  // namespace

std::string_view source_of(script s) noexcept {
    return sources[static_cast<std::size_t>(s)];
}

}  // namespace herdgate
