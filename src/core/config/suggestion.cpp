// SPDX-License-Identifier: Apache-2.0
#include "suggestion.hpp"

#include <algorithm>
#include <vector>

namespace herdgate {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

std::string_view nearest(std::string_view written, std::span<const std::string_view> names) {
    constexpr std::size_t longest = 64;
    if (written.size() > longest) return {};
    std::string_view best;
    std::size_t distance = std::max<std::size_t>(1, written.size() / 3) + 1;
    for (const std::string_view name : names) {
        const std::size_t d = edit_distance(written, name);
        if (d >= distance) continue;
        distance = d;
        best = name;
    }
    return best;
}

}  // namespace herdgate
