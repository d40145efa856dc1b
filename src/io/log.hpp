// SPDX-License-Identifier: Apache-2.0
//
// The process's log: lines on standard error, as text or as JSON objects. Thread-safe. Keys and
// values never go into it.
#pragma once

#include <spdlog/logger.h>

#include <string>

namespace herdgate {

struct config;

/// Sets level and format. Once, before the first line.
void configure_log(const std::string& level, bool json);

spdlog::logger& log();

}  // namespace herdgate
