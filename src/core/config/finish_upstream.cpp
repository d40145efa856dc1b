// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "finish.hpp"
#include "herdgate/core/config/upstream_url.hpp"

namespace herdgate {
namespace {

constexpr std::string_view without_upstream = "has no effect without upstream";

/// The URL's errors hold no text of it, so they can be told also when it was substituted.
void url_error(const config_scalar& v, const text_error& why, diagnostic_list& found) {
    if (v.changed)
        found.error(*v.node, v.path, why.message, why.hint);
    else
        found.error_in(v, why);
}

void address(config_draft& draft, diagnostic_list& found) {
    upstream_config& made = *draft.made.upstream;
    auto url = parse_upstream_url(draft.upstream.url->text);
    if (!url) return url_error(*draft.upstream.url, url.error(), found);
    made.host = std::move(url->host);
    made.port = url->port;
    made.unix_path = std::move(url->unix_path);
    made.tls = url->tls;
    made.database = url->database;
    made.username = std::move(url->username);
    made.password = std::move(url->password);
    if (!made.tls && draft.upstream.tls != nullptr)
        found.error(*draft.upstream.tls, "upstream.tls", "'tls' needs a URL with TLS",
                    "rediss:// instead of redis://");
}

void login(config_draft& draft, diagnostic_list& found) {
    upstream_config& made = *draft.made.upstream;
    const auto& username = draft.upstream.username;
    const auto& password = draft.upstream.password;
    if (!made.password.empty() && (username || password)) {
        const config_scalar& twice = username ? *username : *password;
        found.error(*twice.node, twice.path, "the URL has a password already", "keep one of them");
        return;
    }
    if (password && password->text.empty())
        found.error(*password->node, password->path, "an empty password", "remove it");
    if (username && username->text.empty())
        found.error(*username->node, username->path, "a user without a name", "remove it");
    if (username && !password)
        found.error(*username->node, username->path, "'username' needs 'password'");
    if (username) made.username = username->text;
    if (password) made.password = password->text;
}

void tls_files(config_draft& draft, diagnostic_list& found) {
    const auto& cert = draft.upstream.cert;
    const auto& key = draft.upstream.key;
    if (cert.has_value() != key.has_value()) {
        const config_scalar& one = cert ? *cert : *key;
        found.error(*one.node, one.path, "'cert' and 'key' need each other");
    }
    if (cert) draft.made.upstream->tls_files.cert = cert->text;
    if (key) draft.made.upstream->tls_files.key = key->text;
}

/// A worker of the refresh stream needs one.
void role(config_draft& draft, diagnostic_list& found) {
    const auto& fleet = draft.made.fleet;
    if (fleet.as != config::role::worker) return;
    if (!draft.made.upstream || fleet.refresh_stream.empty())
        found.error(*draft.fleet, "fleet.role",
                    "'role: worker' needs 'upstream' and 'fleet.refresh_stream'",
                    "a worker has nothing to do but to work off that stream");
}

void users_of_the_upstream(config_draft& draft, diagnostic_list& found) {
    if (!draft.auth_upstream) return;
    draft.made.auth_upstream = true;
    if (!draft.made.upstream)
        found.error(*draft.auth_upstream->node, draft.auth_upstream->path,
                    "'auth: upstream' needs 'upstream'", "or set auth.users");
}

void warn_of_no_upstream(config_draft& draft, diagnostic_list& found) {
    if (draft.near_cache != nullptr)
        found.warning(*draft.near_cache, "near_cache",
                      "'near_cache' " + std::string{without_upstream});
    if (draft.fleet != nullptr)
        found.warning(*draft.fleet, "fleet", "'fleet' " + std::string{without_upstream});
    for (const route_draft& r : draft.routes) {
        if (r.fleet)
            found.warning(*r.fleet->node, r.fleet->path,
                          "'fleet' " + std::string{without_upstream});
    }
}

}  // namespace

void finish_upstream(config_draft& draft, diagnostic_list& found) {
    role(draft, found);
    users_of_the_upstream(draft, found);
    if (!draft.made.upstream) return warn_of_no_upstream(draft, found);
    if (draft.upstream.url) address(draft, found);  // reported as missing otherwise
    login(draft, found);
    tls_files(draft, found);
}

}  // namespace herdgate
