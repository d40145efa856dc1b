// SPDX-License-Identifier: Apache-2.0
//
// engine_messages: what the workers of a process tell each other. All data; `who` is called only on
// the worker that it belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/fill/load_limiter.hpp"
#include "herdgate/core/fill/loader.hpp"
#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/resp/writer.hpp"

namespace herdgate {

/// What one worker's engine tells another's.
namespace message {

/// Please answer this read of a key that you own; without a waiter: refresh it.
struct read {
    const route* r;
    std::uint16_t database;
    std::string key;
    waiter who;
    redis_time early{};  ///< without a waiter: as in lease_request
};
/// Here is what your readers waited for.
struct results {
    std::vector<waiter> waiters;
    read_result result;
};
/// Please run this command on a key that you own.
struct edit {
    std::uint16_t database;
    std::string key;
    std::vector<std::string> args;
    resp::protocol protocol;
    waiter who;
};
/// Your queued load may start.
struct turn {
    flight_id flight;
};
/// Somebody has said on the invalidation channel that a key of yours is out of date.
struct invalidate {
    std::uint16_t database;
    std::string key;
    route_policy::invalidation mode;
    steady_time heard_since;  ///< all messages on that channel
};
/// A key of yours is to be loaded anew, whatever is stored; `who` hears how that has ended.
struct refresh {
    const route* r;
    std::uint16_t database;
    std::string key;
    waiter who;
};
/// A client has written a key of yours that clients load.
struct written {
    std::uint16_t database;
    std::string key;
};
/// The client that was to load for your flight has gone.
struct lead_over {
    load_lead lead;
};
/// All entries are gone (FLUSHALL by a client).
struct flushed {};
/// Please tell of yourself.
struct describe {
    enum class subject : std::uint8_t {
        clients,  ///< a line for each
        flights,  ///< a JSON array (reports.hpp)
    };
    subject what;
    waiter who;
};
/// Please tell of the flight of a key that you own.
struct inspect {
    std::uint16_t database;
    std::string key;
    waiter who;
};
/// A key of yours is to be loaded, if it is not fresh; `who` hears how that has ended.
struct warm {
    const route* r;
    std::uint16_t database;
    std::string key;
    waiter who;
};

}  // namespace message

using engine_message =
    std::variant<message::read, message::results, message::edit, message::turn, message::invalidate,
                 message::refresh, message::written, message::lead_over, message::describe,
                 message::inspect, message::warm, message::flushed>;

}  // namespace herdgate
