// SPDX-License-Identifier: Apache-2.0
//
// Reports on a running process, the same over HTTP and RESP: routes, flights, figures. As JSON
// texts, so that they can be sent between workers; none holds a value, a password, or a key that is
// not escaped and cut.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/fill/flight_view.hpp"
#include "herdgate/core/metrics/prometheus.hpp"
#include "herdgate/core/resp/writer.hpp"

namespace herdgate {

struct process_state;

/// More flights than this are not listed, of all workers together.
inline constexpr std::size_t listed_flights_max = 1000;

/// Printable ASCII: other bytes as \xNN, a backslash doubled; what is over 256 bytes is cut, with
/// "..." at its end.
std::string shown_key(std::string_view key);

/// The figures of all workers; all but those of the operating system.
scrape scrape_of(const process_state& process);

/// An array with an object for each route: name, match, loader, the policy's numbers, counters.
std::string routes_report(const process_state& process);

/// An array with an object for each flight.
std::string flights_report(std::span<const flight_view> flights);

/// One array of the workers' arrays, of at most `most` elements. What is no array is left out.
std::string joined_reports(std::span<const std::string_view> parts, std::size_t most);

/// An object: what /metrics tells, without buckets and the operating system's figures.
std::string stats_report(const process_state& process);

/// Writes a JSON text as a reply: objects as maps, numbers as integers.
void write_report(std::string& out, std::string_view json_text, resp::protocol p);

}  // namespace herdgate
