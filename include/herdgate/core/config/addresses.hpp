// SPDX-License-Identifier: Apache-2.0
//
// Addresses as written in the configuration: HOST:PORT, [IPv6]:PORT, unix:PATH, and networks
// (CIDR). Text only: nothing is resolved.
#pragma once

#include <boost/system/result.hpp>
#include <string_view>

#include "herdgate/core/base/text_error.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {

/// "127.0.0.1:6380", "[::1]:0", "localhost:6380"; with `unix_allowed` also
/// "unix:/run/herdgate.sock". Port 0: any free one. The error's message completes "'…' "; it holds
/// no text of the argument.
boost::system::result<listen_address, text_error> parse_address(std::string_view text,
                                                                bool unix_allowed);

/// Whether only clients of this host can reach the address.
bool is_local(const listen_address& address);

bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);

/// "10.0.0.0/8", "fd00::/8", or a single address.
bool is_network(std::string_view text);

}  // namespace herdgate
