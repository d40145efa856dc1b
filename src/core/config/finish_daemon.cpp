// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "finish.hpp"
#include "herdgate/core/config/addresses.hpp"

namespace herdgate {
namespace {

void admin(config_draft& draft, diagnostic_list& found) {
    if (!draft.admin) return;
    if (draft.admin->text == "none") {
        draft.made.admin.host.clear();
        return;
    }
    auto address = parse_address(draft.admin->text, false);
    if (!address) return address_error(*draft.admin, address.error(), found);
    draft.made.admin.host = address->host;
    draft.made.admin.port = address->port;
}

void users(config_draft& draft, diagnostic_list& found) {
    for (user_draft& user : draft.users) {
        if (!user.name || !user.password) continue;  // reported as missing or unusable already
        auto& all = draft.made.users;
        const auto same_name = [&](const auth_user& other) {
            return other.name == user.name->text;
        };
        if (user.name->text.empty())
            found.error(*user.name->node, user.name->path, "a user without a name");
        if (user.password->text.empty())
            found.error(*user.password->node, user.password->path, "a user with an empty password");
        if (std::any_of(all.begin(), all.end(), same_name))
            found.error(*user.name->node, user.name->path, "two users of one name");
        all.push_back({user.name->text, user.password->text});
    }
}

}  // namespace

void finish_daemon(config_draft& draft, diagnostic_list& found) {
    admin(draft, found);
    users(draft, found);
}

}  // namespace herdgate
