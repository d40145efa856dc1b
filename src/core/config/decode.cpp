// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/config/decode.hpp"

#include <utility>

#include "diagnostics.hpp"
#include "draft.hpp"
#include "effective.hpp"
#include "finish.hpp"
#include "tree_walk.hpp"

namespace herdgate {

config_report decode_config(const config_node& root, const config_environment& outside) {
    diagnostic_list found;
    config_draft draft;
    if (root.type == config_node::kind::mapping || root.type == config_node::kind::null) {
        tree_walk{outside, found, draft}.mapping(root, {}, {});
        finish_listeners(draft, outside, found);
        finish_daemon(draft, found);
        finish_upstream(draft, found);
        finish_routes(draft, found);
    } else {
        found.error(root, {}, "a configuration is a mapping of settings", "name: value");
    }
    config_report report;
    if (!found.failed()) {
        report.value = std::move(draft.made);
        report.value->shown = effective_config(root);
    }
    report.diagnostics = found.take();
    return report;
}

}  // namespace herdgate
