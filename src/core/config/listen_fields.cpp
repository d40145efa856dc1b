// SPDX-License-Identifier: Apache-2.0
//
// The field table: where clients connect, and who may.
#include "draft.hpp"
#include "herdgate/core/config/field_table.hpp"

namespace herdgate {
namespace {

using scalar = config_scalar;
using draft = config_draft;
using enum field_type;

}  // namespace

std::vector<field> listen_fields() {
    return {
        {.path = "listen",
         .type = section_list,
         .doc = "where clients connect",
         .enter = [](draft& d) { d.listen.emplace_back(); },
         .min = 1},
        {.path = "listen[].address",
         .type = text,
         .default_value = "127.0.0.1:6380",
         .doc = "`HOST:PORT`, `[IPv6]:PORT` or `unix:PATH`; port 0 takes any free port",
         .assign = [](draft& d, const scalar& v) { d.listen.back().address = v; },
         .need = presence::required},
        {.path = "listen[].tls",
         .type = section,
         .doc = "TLS for these clients; PEM files, read again when they change",
         .enter = [](draft& d) { d.listen.back().tls = true; }},
        {.path = "listen[].tls.cert",
         .type = text,
         .doc = "the certificate, followed by the intermediate ones",
         .assign = [](draft& d, const scalar& v) { d.listen.back().cert = v; },
         .need = presence::required},
        {.path = "listen[].tls.key",
         .type = text,
         .doc = "the certificate's key, without a passphrase",
         .assign = [](draft& d, const scalar& v) { d.listen.back().key = v; },
         .need = presence::required},
        {.path = "listen[].tls.client_ca",
         .type = text,
         .doc = "authorities of clients' certificates; given, no client is served without one",
         .assign = [](draft& d, const scalar& v) { d.listen.back().client_ca = v; }},
        {.path = "auth",
         .type = section,
         .doc = "who may connect; without it only local clients are served. `auth: upstream`: the "
                "users of the upstream Redis; each client acts there as itself",
         .assign = [](draft& d, const scalar& v) { d.auth_upstream = v; },
         .choices = "upstream"},
        {.path = "auth.users",
         .type = section_list,
         .doc = "users that may authenticate with AUTH or HELLO",
         .enter = [](draft& d) { d.users.emplace_back(); }},
        {.path = "auth.users[].name",
         .type = text,
         .doc = "the user; `default` is the one of AUTH with a password alone",
         .assign = [](draft& d, const scalar& v) { d.users.back().name = v; },
         .need = presence::required},
        {.path = "auth.users[].password",
         .type = text,
         .doc =
             "write `${file:PATH}` or `${NAME}` rather than the password; `#` and 64 hexadecimal "
             "digits: its SHA-256, as in Redis's ACL",
         .assign = [](draft& d, const scalar& v) { d.users.back().password = v; },
         .need = presence::required},
    };
}

}  // namespace herdgate
