// SPDX-License-Identifier: Apache-2.0
//
// figures: what the demo has measured, as a table and as a drawing. Pure.
#pragma once

#include <string>
#include <vector>

#include "herdgate/core/base/time.hpp"

namespace herdgate {

/// All clients asked at once.
struct burst_figures {
    std::string key;                 ///< what the key was: "cold", "expired"
    std::size_t origin_calls = 0;    ///< that this caused
    std::vector<nanoseconds> waits;  ///< one for each client, in any order
};

/// One way of asking.
struct case_figures {
    std::string name;
    std::vector<burst_figures> bursts;
    std::vector<nanoseconds> bursts_at;  ///< since the first burst
    std::vector<nanoseconds> calls;      ///< when the origin was called, ascending, from there too
};

/// The nearest-rank percentile: the least value that `percent` of all do not exceed. 0 of none.
nanoseconds percentile(std::vector<nanoseconds> values, unsigned percent);

std::string table_head();
/// A line for each burst.
std::string table_rows(const case_figures& figures);

/// An SVG: for each case a line that counts the origin's calls as time passes, on a scale that
/// shows 1 beside 1,000.
std::string draw(const std::vector<case_figures>& cases, const std::string& title);

}  // namespace herdgate
