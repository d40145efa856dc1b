// SPDX-License-Identifier: Apache-2.0
//
// flight_inquiry: asks every worker for its flights, by message, and gathers the answers on the
// thread of whoever asked.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

namespace herdgate {

class worker;

/// To be awaited on a thread other than the workers'. A JSON array (see reports.hpp); what a worker
/// has not answered within two seconds is missing.
boost::asio::awaitable<std::string> inquire_flights(
    const std::vector<std::unique_ptr<worker>>* workers);

}  // namespace herdgate
