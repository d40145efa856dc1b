// SPDX-License-Identifier: Apache-2.0
//
// What one call of a RESP parser came to. Both parsers are fed the same way: the buffer always
// begins at the first byte of the message under way, and each call brings the same bytes again plus
// those that arrived since. The buffer may have moved in between, for parsers keep offsets:
//
//     call 1:  *2\r\n$3\r\nGE                              need_more
//     call 2:  *2\r\n$3\r\nGET\r\n$1\r\nk\r\n*1\r\n…       complete, consumed() is where the next
//     message begins call 3:  *1\r\n…
#pragma once

#include <cstdint>

namespace herdgate::resp {

enum class parse_status : std::uint8_t {
    complete,   ///< a message was understood; its bytes are consumed()
    need_more,  ///< all bytes are a valid beginning; call again when more arrived
    skip,   ///< requests only: bytes without a command (an empty line, *0, *-1); consume and call
            ///< again
    error,  ///< the peer broke the protocol; nothing after this point can be understood
};

}  // namespace herdgate::resp
