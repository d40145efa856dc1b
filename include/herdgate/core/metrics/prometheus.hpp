// SPDX-License-Identifier: Apache-2.0
//
// The text that Prometheus scrapes: figures of all workers summed, every series present from the
// start, base units, no key in any label. Formats: Prometheus text 0.0.4, and OpenMetrics 1.0.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/metrics/worker_metrics.hpp"

namespace herdgate {

enum class metrics_format : std::uint8_t { prometheus, openmetrics };

/// What the operating system says of this process.
struct process_figures {
    double cpu_seconds = 0;
    double start_time_seconds = 0;  ///< since the Unix epoch
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t max_descriptors = 0;
};

/// One moment's figures.
struct scrape {
    struct route_figures {
        std::string_view name;
        std::uint64_t loads_running = 0;
        std::uint64_t loads_queued = 0;
        bool breaker_open = false;
    };
    std::string_view version;
    std::vector<const worker_metrics*> workers;
    std::vector<route_figures> routes;  ///< by route index
    std::uint64_t cache_records = 0;
    std::uint64_t cache_bytes = 0;
    std::uint64_t cache_bytes_max = 0;
    std::uint64_t cache_evictions = 0;
    std::uint64_t cache_expired = 0;
    bool upstream_up = false;
    process_figures process;
};

std::string render_metrics(const scrape& s, metrics_format format);

/// The value of the Content-Type header.
std::string_view content_type(metrics_format format) noexcept;

}  // namespace herdgate
