// SPDX-License-Identifier: Apache-2.0
#include "tls_layer.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/error.hpp>
#include <new>

namespace herdgate {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

void tls_layer::deleter::operator()(SSL* ssl) const noexcept {
    SSL_free(ssl);
}

tls_layer::tls_layer(SSL_CTX* context, int descriptor) : ssl_(SSL_new(context)) {
    if (!ssl_ || SSL_set_fd(ssl_.get(), descriptor) != 1) throw std::bad_alloc{};
    SSL_set_accept_state(ssl_.get());
}

/// What a result that is no success means; `next` becomes the event to wait for.
error_code tls_layer::reason(int result, wait& next) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            next = wait::wait_read;
            return asio::error::would_block;
        case SSL_ERROR_WANT_WRITE:
            next = wait::wait_write;
            return asio::error::would_block;
        case SSL_ERROR_ZERO_RETURN:
            return asio::error::eof;
        default:
            failed_ = true;
            library_error_ = ERR_peek_error();
            ERR_clear_error();
            return asio::error::connection_reset;
    }
}

void tls_layer::handshake(error_code& error) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    error = result == 1 ? error_code{} : reason(result, read_wait_);
    if (!error) read_wait_ = wait::wait_read;
}

std::size_t tls_layer::read_some(std::span<char> room, error_code& error) {
    std::size_t size = 0;
    error = failed_ ? asio::error::connection_reset : error_code{};
    pending_ = false;
    while (!error && size < room.size()) {
        std::size_t got = 0;
        ERR_clear_error();
        const int result = SSL_read_ex(ssl_.get(), &room[size], room.size() - size, &got);
        if (result != 1) error = reason(result, read_wait_);
        size += got;
    }
    if (size == 0) return 0;
    // What ends the connection is told by the next call, which no event announces.
    pending_ = error != asio::error::would_block;
    error = {};
    return size;
}

std::size_t tls_layer::write_some(std::string_view bytes, error_code& error) {
    std::size_t size = 0;
    error = failed_ ? asio::error::connection_reset : error_code{};
    while (!error && size < bytes.size()) {
        std::size_t written = 0;
        ERR_clear_error();
        const int result = SSL_write_ex(ssl_.get(), &bytes[size], bytes.size() - size, &written);
        if (result != 1) error = reason(result, write_wait_);
        write_blocked_ = result != 1;
        size += written;
    }
    return size;
}

void tls_layer::farewell() noexcept {
    if (failed_ || write_blocked_ || SSL_in_init(ssl_.get()) != 0) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

std::string tls_layer::problem() const {
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict != X509_V_OK)
        return std::string{"its certificate: "} + X509_verify_cert_error_string(verdict);
    const char* text = ERR_reason_error_string(library_error_);
    return text != nullptr ? text : "the connection was lost";
}

}  // namespace herdgate
