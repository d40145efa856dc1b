// SPDX-License-Identifier: Apache-2.0
//
// upstream.url as written in the configuration. Text only: nothing is resolved.
//
//     redis://[user[:password]@]host[:port][/database]      rediss:// is the same with TLS
//     unix:///path/of/socket[?db=database]                  also unix:/path
#pragma once

#include <boost/system/result.hpp>
#include <string_view>

#include "herdgate/core/base/text_error.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {

/// Fills what a URL says: host, port, unix_path, tls, database, username, password. User and
/// password are percent-decoded; a password without a user is ":password@". The error's message
/// stands alone and holds no text of the argument, which may be a secret; its offset is the byte in
/// `text` at which it shows.
boost::system::result<upstream_config, text_error> parse_upstream_url(std::string_view text);

}  // namespace herdgate
