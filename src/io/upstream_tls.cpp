// SPDX-License-Identifier: Apache-2.0
#include "upstream_tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>

namespace herdgate {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

const std::string& name_of(const upstream_config& to) {
    return to.server_name.empty() ? to.host : to.server_name;
}

}  // namespace

std::string prepare_tls(ssl::context& context, const upstream_config& to) {
    error_code error;
    const auto failed = [&](const std::string& what) {
        return "cannot use " + what + ": " + error.message();
    };
    const client_tls& files = to.tls_files;
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    if (files.ca.empty())
        context.set_default_verify_paths(error);
    else
        context.load_verify_file(files.ca, error);
    if (error) return failed(files.ca.empty() ? "the system's authorities" : files.ca);
    if (files.cert.empty()) return {};
    context.use_certificate_chain_file(files.cert, error);
    if (error) return failed(files.cert);
    context.use_private_key_file(files.key, ssl::context::pem, error);
    if (error) return failed(files.key);
    return {};
}

std::string expect_name(upstream_tls_stream& stream, const upstream_config& to) {
    const std::string& name = name_of(to);
    error_code error;
    stream.set_verify_mode(ssl::verify_peer, error);
    if (!error) stream.set_verify_callback(ssl::host_name_verification{name}, error);
    if (error) return error.message();
    error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    if (!no_address) return {};  // is no server name (RFC 6066, section 3)
    // As the macro SSL_set_tlsext_host_name, without its old casts. OpenSSL makes a copy.
    std::string copy = name;
    if (SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 copy.data()) != 1)
        return "not a name for TLS";
    return {};
}

std::string tls_problem(upstream_tls_stream& stream, const error_code& error) {
    const long verdict = SSL_get_verify_result(stream.native_handle());
    if (verdict == X509_V_OK) return error.message();
    return std::string{"its certificate: "} + X509_verify_cert_error_string(verdict);
}

}  // namespace herdgate
