// SPDX-License-Identifier: Apache-2.0
//
// http_loader: asks HTTP origins for values. libcurl's multi interface, driven by an Asio event
// loop.
//
// Promises:
//   - each load ends within its route's time-out, whatever the origin, the network or the resolver
//   does;
//   - a value is only ever a complete answer: a body cut short, too long or undecodable is an
//   error;
//   - connections are kept and used again (HTTP/1.1), or shared (HTTP/2 over TLS); one whose answer
//   was not read to its end
//     is closed;
//   - the event loop never waits: name look-ups run on threads of curl's.
//
// A load is one request, unless its route's `retry` allows more: after failed connects and listed
// statuses, with a jittered pause, within the same time-out and a budget of the route's
// (retry_budget.hpp). An answer with Retry-After is not retried. All requests of a load bear one
// trace id (trace_context.hpp).
//
// Single-threaded: one loader per worker, used on the thread that runs `io`. Loads that have not
// ended when the loader goes are dropped: the sink does not hear of them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>

#include "herdgate/core/fill/loader.hpp"

namespace herdgate {

class http_loader final : public loader {
  public:
    /// Keeps references; both outlive the loader. Throws std::bad_alloc.
    http_loader(boost::asio::io_context& io, load_sink& sink);
    ~http_loader();

    http_loader(const http_loader&) = delete;
    http_loader& operator=(const http_loader&) = delete;

    /// `call` holds an http_call.
    void start(load_id id, load_call call) override;

    /// Loads that have been started and have not ended.
    std::size_t in_progress() const;

  private:
    class driver;
    std::shared_ptr<driver> driver_;  ///< handlers hold it weakly
};

}  // namespace herdgate
