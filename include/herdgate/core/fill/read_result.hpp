// SPDX-License-Identifier: Apache-2.0
//
// What one read of one routed key comes to, and who is told.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "herdgate/core/base/shared_bytes.hpp"
#include "herdgate/core/base/time.hpp"

namespace herdgate {

/// A reader's turn to load the key itself (`load: client`): which flight of which worker waits for
/// it, and for the how manyth time.
struct load_lead {
    std::uint32_t worker = 0;
    std::uint64_t flight = 0;
    std::uint32_t round = 0;
};

struct read_result {
    enum class kind : std::uint8_t {
        value,  ///< `value` is set
        nil,    ///< the key does not exist
        error,  ///< `error` is the client's text, without the leading '-'
        reply,  ///< `value` is a whole reply, to be passed on as it is
    };
    kind what = kind::nil;
    shared_bytes value;
    std::string error;
    std::optional<load_lead> lead{};  ///< with nil: the reader is the one who loads
};

/// Waits for the results of one or more reads. Called only on the worker that it belongs to; other
/// workers merely hold it.
class reader {
  public:
    virtual ~reader() = default;
    /// The result of read number `part` of this reader. Called exactly once for each part.
    virtual void on_read(std::uint32_t part, const read_result& result) = 0;
    /// The same, where the result is a whole reply (kind::reply). `frame` is valid during the call.
    virtual void on_reply(std::uint32_t part, std::string_view frame) {
        on_read(part, {read_result::kind::reply, shared_bytes{frame}, {}});
    }
};

/// One read that waits for a flight.
struct waiter {
    std::shared_ptr<reader> who;
    std::uint32_t part = 0;
    std::uint32_t worker = 0;  ///< where `who` belongs
    steady_time deadline{};    ///< waits no longer than this
};

}  // namespace herdgate
