// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>

#include "figures.hpp"

namespace herdgate {
namespace {

double ms(nanoseconds span) {
    return std::chrono::duration<double, std::milli>{span}.count();
}

}  // namespace

nanoseconds percentile(std::vector<nanoseconds> values, unsigned percent) {
    if (values.empty()) return {};
    const std::size_t rank = std::max<std::size_t>((values.size() * percent + 99) / 100, 1);
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

std::string table_head() {
    char line[128];
    std::snprintf(line, sizeof(line), "%-28s %-8s %9s %13s %9s %9s %9s\n", "", "the key",
                  "requests", "origin calls", "p50 ms", "p99 ms", "max ms");
    return line;
}

std::string table_rows(const case_figures& figures) {
    std::string rows;
    for (const burst_figures& b : figures.bursts) {
        char line[160];
        std::snprintf(line, sizeof(line), "%-28.28s %-8.8s %9zu %13zu %9.1f %9.1f %9.1f\n",
                      rows.empty() ? figures.name.c_str() : "", b.key.c_str(), b.waits.size(),
                      b.origin_calls, ms(percentile(b.waits, 50)), ms(percentile(b.waits, 99)),
                      ms(percentile(b.waits, 100)));
        rows += line;
    }
    return rows;
}

}  // namespace herdgate
