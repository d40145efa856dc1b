// SPDX-License-Identifier: Apache-2.0
//
// The port through which the core asks for a load: one call of an HTTP backend or of a command, for
// one key. Implemented by io/http_loader and io/command_loader, and by scripted loaders in tests.
//
// A load belongs to itself: it is not cancelled when nobody waits any more. Each started load ends
// exactly once, on the thread that started it, within its configured time-out (plus the kill grace
// of a command).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "herdgate/core/base/shared_bytes.hpp"
#include "herdgate/core/base/time.hpp"
#include "herdgate/core/cache/load_terms.hpp"

namespace herdgate {

struct http_load;
struct command_load;
struct route;

/// An HTTP load, rendered: everything that came from the key is already encoded for its place.
struct http_call {
    const http_load* spec = nullptr;  ///< time-out, limits, TLS; outlives the load
    std::string url;
    std::vector<std::string> headers;  ///< "Name: value"
    /// Of the value that is stored: the origin may answer that it is still good (`unchanged`).
    validators known{};
};

/// A command load, rendered.
struct command_call {
    const command_load* spec = nullptr;  ///< time-out, limits, exit statuses; outlives the load
    std::vector<std::string> argv;
    std::vector<std::string> env;  ///< "NAME=value"
    std::string input;             ///< for standard input, when spec->stdin_key
};

/// A load that a waiting client does; never given to a loader.
struct client_call {};

/// One key of a call that goes for several (batching_loader.hpp).
struct batch_call {
    const route* r = nullptr;  ///< outlives the load
    std::string id;            ///< how call and answer name the key
    steady_time asked{};
};

using load_call = std::variant<http_call, command_call, client_call, batch_call>;

/// Names a load in progress within one worker. Never reused while the process lives.
using load_id = std::uint64_t;

/// How a load ended.
enum class load_outcome : std::uint8_t {
    ok,         ///< there is a value (possibly of zero bytes)
    absent,     ///< the origin says that the key does not exist
    error,      ///< the origin answered something else, or could not be asked
    timeout,    ///< no complete answer within the time-out
    rejected,   ///< never started: the queue was full, the wait in it too long, or the daemon is
                ///< stopping
    unchanged,  ///< the value that the call's validators are of is still good
};
inline constexpr std::size_t load_outcome_count = 6;

struct load_result {
    load_outcome outcome = load_outcome::error;
    shared_bytes value;  ///< set if and only if outcome is ok
    /// Why not, for people: at most 200 bytes of printable ASCII, no bytes of the origin's body, no
    /// secrets.
    std::string reason;
    load_terms terms{};  ///< with ok, absent and unchanged
    /// With error: the origin does not want to be asked again before (Retry-After).
    std::optional<milliseconds> retry_after{};
    std::uint32_t retries = 0;  ///< requests to the origin beyond the first
};

/// Told when a load ends.
class load_sink {
  public:
    virtual void on_loaded(load_id id, load_result result) = 0;

  protected:
    ~load_sink() = default;
};

class loader {
  public:
    virtual ~loader() = default;

    /// Starts a load. The sink given to the implementation hears of its end exactly once, from the
    /// event loop, never from inside this call.
    virtual void start(load_id id, load_call call) = 0;
};

}  // namespace herdgate
