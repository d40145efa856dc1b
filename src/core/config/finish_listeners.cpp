// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "finish.hpp"
#include "herdgate/core/config/addresses.hpp"

namespace herdgate {
namespace {

constexpr std::string_view unreadable_hint =
    "herdgate run starts only where it can be read; check on that machine";

bool same(const listen_address& a, const listen_address& b) {
    const bool any_port = a.port == 0 && a.unix_path.empty();
    return !any_port && a.host == b.host && a.port == b.port && a.unix_path == b.unix_path;
}

std::string hint_for(tls_file_problem::file which) {
    switch (which) {
        case tls_file_problem::file::cert:
            return "a PEM file: the certificate first, then the intermediate ones";
        case tls_file_problem::file::key:
            return "a PEM file with the certificate's key, without a passphrase";
        case tls_file_problem::file::client_ca:
            break;
    }
    return "a PEM file with the certificates of clients' authorities";
}

const config_scalar& scalar_of(const listen_draft& one, tls_file_problem::file which) {
    if (which == tls_file_problem::file::cert) return *one.cert;
    return which == tls_file_problem::file::key ? *one.key : *one.client_ca;
}

/// A file that is not there is none of the configuration's faults: it may be checked elsewhere.
void look_at(const listen_draft& one, const server_tls& files, const config_environment& outside,
             diagnostic_list& found) {
    if (!outside.tls_files) return;
    const auto problem = outside.tls_files(files);
    if (!problem) return;
    const config_scalar& v = scalar_of(one, problem->which);
    const std::string name = shown(*v.node, v.path);
    if (problem->unreadable)
        found.warning(*v.node, v.path, name + " cannot be read here: " + problem->message,
                      std::string{unreadable_hint});
    else
        found.error(*v.node, v.path, name + " cannot be used: " + problem->message,
                    hint_for(problem->which));
}

std::optional<server_tls> tls(const listen_draft& one, const config_environment& outside,
                              diagnostic_list& found) {
    if (!one.tls || !one.cert || !one.key) return std::nullopt;  // what is missing has been said
    bool complete = true;
    for (const auto* file : {&*one.cert, &*one.key, one.client_ca ? &*one.client_ca : nullptr}) {
        if (file == nullptr || !file->text.empty()) continue;
        found.error(*file->node, file->path, "an empty path");
        complete = false;
    }
    server_tls files{one.cert->text, one.key->text, one.client_ca ? one.client_ca->text : ""};
    if (complete) look_at(one, files, outside, found);
    return files;
}

}  // namespace

void address_error(const config_scalar& v, const text_error& why, diagnostic_list& found) {
    found.error(*v.node, v.path, shown(*v.node, v.path) + " " + why.message, why.hint);
}

void finish_listeners(config_draft& draft, const config_environment& outside,
                      diagnostic_list& found) {
    if (draft.listen.empty()) return;
    draft.made.listen.clear();
    for (const listen_draft& one : draft.listen) {
        auto files = tls(one, outside, found);
        if (!one.address) continue;  // reported as missing already
        const config_scalar& v = *one.address;
        auto address = parse_address(v.text, true);
        if (!address) {
            address_error(v, address.error(), found);
            continue;
        }
        auto& all = draft.made.listen;
        if (std::any_of(all.begin(), all.end(),
                        [&](const auto& other) { return same(*address, other); }))
            found.error(*v.node, v.path, shown(*v.node, v.path) + " is listened on twice");
        if (!is_local(*address) && draft.users.empty() && !draft.auth_upstream)
            found.warning(*v.node, v.path,
                          "clients of other hosts will be refused: no users are configured",
                          "set auth.users, or listen on a loopback address");
        address->tls = std::move(files);
        all.push_back(*std::move(address));
    }
}

}  // namespace herdgate
