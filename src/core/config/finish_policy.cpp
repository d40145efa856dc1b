// SPDX-License-Identifier: Apache-2.0
//
// What settings of a route's policy ask of one another.
#include <algorithm>

#include "finish.hpp"

namespace herdgate {
namespace {

using given = std::optional<config_scalar>;

class policy_finisher {
  public:
    policy_finisher(route_draft& draft, bool upstream, diagnostic_list& found)
        : draft_(draft), policy_(draft.made.policy), upstream_(upstream), found_(found) {}

    void finish() {
        if (policy_.backoff.first > policy_.backoff.max && draft_.backoff_first)
            error(draft_.backoff_first, "backoff.first is longer than backoff.max");
        refresh();
        sliding();
        client();
        if (policy_.writes == route_policy::write::passthrough && !upstream_)
            error(draft_.writes, "'passthrough' needs an upstream",
                  "there is no Redis that the value could go to");
    }

  private:
    void error(const given& at, std::string message, std::string hint = {}) {
        found_.error(*at->node, at->path, std::move(message), std::move(hint));
    }

    void refresh() {
        if (draft_.refresh == nullptr) return;
        const int kinds = (draft_.ahead || draft_.probability ? 1 : 0) + (draft_.xfetch ? 1 : 0) +
                          (draft_.every ? 1 : 0);
        const auto& names = draft_.refresh->keys;
        const bool tried = std::any_of(names.begin(), names.end(), [](const config_node& key) {
            return key.text == "ahead" || key.text == "xfetch" || key.text == "every";
        });
        if (kinds > 1 || !tried)
            found_.error(*draft_.refresh, draft_.path + ".refresh",
                         "'refresh' needs one of 'ahead', 'xfetch' and 'every'",
                         kinds > 1 ? "keep one of them" : "");
        if (draft_.probability && !draft_.ahead)
            error(draft_.probability, "'probability' needs 'ahead'");
        if (draft_.idle && !draft_.every) error(draft_.idle, "'idle' needs 'every'");
        if (draft_.ahead && !draft_.probability) policy_.refresh.probability = 1;
        if (draft_.ahead && policy_.refresh.ahead >= policy_.ttl)
            error(draft_.ahead, "refresh.ahead is not shorter than the TTL",
                  "each read of a value would start a load");
        if (draft_.every && policy_.refresh.every >= policy_.ttl)
            error(draft_.every, "refresh.every is not shorter than the TTL",
                  "a value would not be fresh until it is loaded again");
    }

    void sliding() {
        if (draft_.sliding == nullptr) return;
        const std::string path = draft_.path + ".sliding";
        if (draft_.refresh != nullptr)
            found_.error(*draft_.sliding, path, "'sliding' and 'refresh' exclude each other",
                         "keep one of them");
        if (policy_.sliding->extend == milliseconds{0}) return;  // it is missing
        if (policy_.sliding->extend <= policy_.sliding->window)
            found_.error(*draft_.sliding, path, "sliding.extend is not longer than sliding.window",
                         "each read would move the end");
        if (policy_.sliding->max_age < policy_.ttl)
            found_.error(*draft_.sliding, path, "sliding.max_age is shorter than the TTL");
    }

    void client() {
        if (!draft_.client) {
            if (draft_.lease) error(draft_.lease, "'lease' needs 'load: client'");
            return;
        }
        if (draft_.lease) draft_.client->lease = draft_.lease->duration();
        if (!draft_.wait_timeout) policy_.wait.timeout = 3 * draft_.client->lease;
        if (!draft_.wait_then) policy_.wait.then = route_policy::wait_end::nil;
        if (policy_.wait.then == route_policy::wait_end::load)
            error(draft_.wait_then, "with 'load: client' there is no load that herdgate could do",
                  "error or nil");
        if (policy_.writes != route_policy::write::store)
            error(draft_.writes, "with 'load: client' clients' writes are what is stored",
                  "writes: store");
        const bool before_end = draft_.refresh != nullptr || !draft_.warm_keys.empty() ||
                                !draft_.made.warm.file.empty();
        if (before_end)
            found_.error(*draft_.node, draft_.path + ".load",
                         "with 'load: client' herdgate cannot load by itself",
                         "remove 'refresh' and 'warm'");
    }

    route_draft& draft_;
    route_policy& policy_;
    bool upstream_;
    diagnostic_list& found_;
};

}  // namespace

void finish_policy(route_draft& draft, bool upstream, diagnostic_list& found) {
    policy_finisher{draft, upstream, found}.finish();
}

}  // namespace herdgate
