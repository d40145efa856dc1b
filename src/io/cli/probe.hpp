// SPDX-License-Identifier: Apache-2.0
//
// probe: asks a daemon's admin server one question: a small blocking HTTP/1.0 GET. For the commands
// healthcheck and wait, so that an image needs neither curl nor a shell.
//
// Ends by its time-out in any case. Resolves no names: an admin address is an IP address or
// "localhost"; one that stands for all addresses is asked on the loopback.
#pragma once

#include <string>
#include <string_view>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {

struct probe_answer {
    int status = 0;    ///< the HTTP status; 0: there was no answer
    std::string text;  ///< the body's first line; without an answer, why there is none
};

/// `admin`: a TCP address. `path`: of the request, beginning with '/'.
probe_answer probe(const listen_address& admin, std::string_view path, milliseconds timeout);

}  // namespace herdgate
