// SPDX-License-Identifier: Apache-2.0
//
// How a link greets its Redis and how patient it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/resp/reply_parser.hpp"

namespace herdgate {

struct link_settings {
    std::string username;                ///< empty = none
    std::string password;                ///< empty = no AUTH
    std::uint16_t database = 0;          ///< SELECTed in the greeting if not 0
    std::string client_name;             ///< CLIENT SETNAME in the greeting if not empty
    bool resp3 = false;                  ///< HELLO 3 in the greeting
    bool subscriber = false;             ///< subscribe mode, see link.hpp
    bool ping = true;                    ///< PING in the greeting: Redis has answered, and is ready
    bool lent = false;                   ///< to one client, see link.hpp
    milliseconds connect_timeout{1000};  ///< connecting and greeting
    milliseconds first_retry{50};        ///< back-off between attempts: doubles from here,
    milliseconds max_retry{1000};        ///< to here
    resp::reply_limits replies;
    std::size_t reply_bytes = std::size_t{1} << 30U;  ///< of one reply; a longer one ends the link
};

}  // namespace herdgate
