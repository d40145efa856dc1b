// SPDX-License-Identifier: Apache-2.0
#include "server_tls_context.hpp"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "log.hpp"
#include "unique_fd.hpp"

namespace herdgate {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using file = tls_file_problem::file;

constexpr seconds look_every{1};

/// Of TLS 1.2: forward secrecy and authenticated encryption. Those of TLS 1.3 all have both.
constexpr const char* ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

constexpr std::uint64_t options = SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION |
                                  SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF;
constexpr long mode =
    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER;
constexpr unsigned char session_context[] = "herdgate";

/// Nobody is there to be asked for a passphrase.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

void set_rules(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(context, ciphers);
    SSL_CTX_set_options(context, options);
    SSL_CTX_set_mode(context, mode);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(context, session_context, sizeof(session_context) - 1);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
}

std::optional<tls_file_problem> unreadable(file which, const std::string& path) {
    if (path.empty()) return std::nullopt;
    const unique_fd opened{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (opened.get() >= 0) return std::nullopt;
    return tls_file_problem{which, std::generic_category().message(errno), true};
}

const std::string& path_of(const server_tls& files, file which) {
    if (which == file::cert) return files.cert;
    return which == file::key ? files.key : files.client_ca;
}

std::string in_words(const server_tls& files, const tls_file_problem& problem) {
    return "cannot use " + path_of(files, problem.which) + ": " + problem.message;
}

/// The names of the authorities are sent to clients, which choose their certificate by them.
void ask_for_certificates(ssl::context& context, const std::string& authorities,
                          error_code& error) {
    context.load_verify_file(authorities, error);
    if (!error) context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
    if (error) return;
    SSL_CTX_set_client_CA_list(context.native_handle(),
                               SSL_load_client_CA_file(authorities.c_str()));
}

}  // namespace

std::optional<tls_file_problem> prepare_tls(ssl::context& context, const server_tls& files) {
    for (const file which : {file::cert, file::key, file::client_ca})
        if (auto problem = unreadable(which, path_of(files, which))) return problem;
    set_rules(context.native_handle());
    error_code error;
    const auto problem_with = [&](file which) {
        return tls_file_problem{which, error.message(), false};
    };
    context.use_certificate_chain_file(files.cert, error);
    if (error) return problem_with(file::cert);
    context.use_private_key_file(files.key, ssl::context::pem, error);
    if (error) return problem_with(file::key);
    if (!files.client_ca.empty()) ask_for_certificates(context, files.client_ca, error);
    if (error) return problem_with(file::client_ca);
    return std::nullopt;
}

server_tls_context::server_tls_context(server_tls files, std::string where, steady_time now)
    : files_(std::move(files)),
      where_(std::move(where)),
      current_(std::make_shared<context>(context::tls_server)),
      seen_(look()),
      looked_(now) {
    if (const auto problem = prepare_tls(*current_, files_))
        throw std::runtime_error("cannot listen on " + where_ + ": " + in_words(files_, *problem));
}

std::shared_ptr<server_tls_context::context> server_tls_context::current(steady_time now) {
    const std::lock_guard guard{lock_};
    if (now - looked_ >= look_every) renew(now);
    return current_;
}

/// The files are looked at before they are read: a change in between is seen the next time.
void server_tls_context::renew(steady_time now) {
    looked_ = now;
    const stamps now_there = look();
    if (now_there == seen_) return;
    seen_ = now_there;
    auto made = std::make_shared<context>(context::tls_server);
    if (const auto problem = prepare_tls(*made, files_)) {
        log().error("{} keeps the certificates that it has: {}", where_,
                    in_words(files_, *problem));
        return;
    }
    current_ = std::move(made);
    log().info("{} has new certificates", where_);
}

server_tls_context::stamps server_tls_context::look() const {
    return {stamp_of(files_.cert), stamp_of(files_.key), stamp_of(files_.client_ca)};
}

server_tls_context::stamp server_tls_context::stamp_of(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return {};
    return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
            status.st_mtim.tv_nsec};
}

}  // namespace herdgate
