// SPDX-License-Identifier: Apache-2.0
//
// unix_url: URLs of origins that listen on a unix socket, written as for nginx's proxy_pass and
// Node's got:
//
//     http://unix:/run/app.sock:/products/{id}
//                 └─ socket ──┘└─ path ──────┘
//
// The socket's path is literal: no captures, no percent-encoding, and no ':' in it.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>

#include "herdgate/core/base/text_error.hpp"
#include "herdgate/core/command/text_template.hpp"

namespace herdgate {

inline constexpr std::size_t unix_path_bytes_max = 107;  ///< what a sockaddr_un holds

/// Takes the socket out of such a URL, which becomes http://localhost/products/{id}; its `source`
/// stays. Empty, and nothing is changed, if it is a URL of another kind.
boost::system::result<std::string, text_error> take_unix_socket(text_template& url);

}  // namespace herdgate
