// SPDX-License-Identifier: Apache-2.0
//
// finish: the second half of decoding: what depends on several settings. Templates get their
// route's captures, names must be unique, times must fit together; warnings are given for what is
// legal and probably not meant.
#pragma once

#include "diagnostics.hpp"
#include "draft.hpp"
#include "herdgate/core/base/text_error.hpp"
#include "herdgate/core/config/substitution.hpp"

namespace herdgate {

/// Listeners: their files are looked at through `outside`.
void finish_listeners(config_draft& draft, const config_environment& outside,
                      diagnostic_list& found);

/// Admin server, users.
void finish_daemon(config_draft& draft, diagnostic_list& found);

/// What is wrong with an address, at its place.
void address_error(const config_scalar& v, const text_error& why, diagnostic_list& found);

/// The upstream, and what needs one.
void finish_upstream(config_draft& draft, diagnostic_list& found);

/// What of a route's load serves several keys. After its templates.
void finish_batch(route_draft& draft, diagnostic_list& found);

/// All routes, in order.
void finish_routes(config_draft& draft, diagnostic_list& found);

/// The policy of one route. `upstream`: there is one.
void finish_policy(route_draft& draft, bool upstream, diagnostic_list& found);

}  // namespace herdgate
