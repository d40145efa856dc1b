// SPDX-License-Identifier: Apache-2.0
//
// load_reporter: how a loader tells its sink, and what it may tell.
//
// Each report is posted to the event loop, so the sink is never called from inside `loader::start`
// nor from inside a callback of a C library. Reports that were not delivered when the reporter goes
// are dropped: the sink may be gone too. Reasons are cut to limits::reason_bytes and what is not
// printable ASCII becomes '?', whatever the loader wrote.
//
// Single-threaded: lives on the thread that runs the event loop.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "herdgate/core/fill/loader.hpp"

namespace herdgate {

class load_reporter {
  public:
    /// Keeps references; both outlive the reporter.
    load_reporter(boost::asio::io_context& io, load_sink& sink);

    load_reporter(const load_reporter&) = delete;
    load_reporter& operator=(const load_reporter&) = delete;

    void report(load_id id, load_result result);

    /// A load that ended without a value.
    void report(load_id id, load_outcome outcome, std::string reason);

  private:
    boost::asio::io_context& io_;
    std::shared_ptr<load_sink*> sink_;  ///< handlers hold it weakly: gone = say nothing
};

/// At most limits::reason_bytes of printable ASCII.
std::string printable_reason(std::string text);

}  // namespace herdgate
