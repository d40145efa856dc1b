// SPDX-License-Identifier: Apache-2.0
//
// TLS towards the upstream, as the configuration wants it: the certificate must be signed by the
// configured authorities and bear the configured name.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <string>

#include "herdgate/core/config/config.hpp"

namespace herdgate {

using upstream_tls_stream =
    boost::asio::ssl::stream<boost::asio::generic::stream_protocol::socket&>;

/// Loads authorities and certificates: the files are read for each connection, so that renewed ones
/// are used. Returns what is wrong, or nothing.
std::string prepare_tls(boost::asio::ssl::context& context, const upstream_config& to);

/// Sets what the certificate is checked against. Returns what is wrong, or nothing.
std::string expect_name(upstream_tls_stream& stream, const upstream_config& to);

/// Why a handshake failed, in words.
std::string tls_problem(upstream_tls_stream& stream, const boost::system::error_code& error);

}  // namespace herdgate
