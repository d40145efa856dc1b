// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "finish.hpp"
#include "herdgate/core/base/json_pointer.hpp"
#include "herdgate/core/command/render.hpp"
#include "herdgate/core/command/route_table.hpp"
#include "herdgate/core/command/unix_url.hpp"
#include "herdgate/core/config/addresses.hpp"
#include "herdgate/core/config/units.hpp"

namespace herdgate {
namespace {

constexpr std::size_t route_name_max = 64;

/// Completes one route.
class route_finisher {
  public:
    route_finisher(route_draft& draft, bool upstream, diagnostic_list& found)
        : draft_(draft), upstream_(upstream), found_(found) {}

    void finish() {
        pattern();
        name();
        loads();
        warm();
        finish_policy(draft_, upstream_, found_);
        if (draft_.client) draft_.made.load = *draft_.client;
    }

  private:
    void pattern() {
        if (!draft_.match) return;
        auto parsed = route_pattern::parse(draft_.match->text);
        if (parsed) {
            draft_.made.match = *std::move(parsed);
        } else {
            found_.error_in(*draft_.match, parsed.error());
            pattern_failed_ = true;
        }
    }

    void name() {
        const auto usable = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; };
        if (!draft_.name) {
            for (const char c : draft_.made.match.source().substr(0, route_name_max))
                draft_.made.name += usable(c) ? c : '_';
            return;
        }
        const std::string& text = draft_.name->text;
        if (text.empty() || text.size() > route_name_max ||
            !std::all_of(text.begin(), text.end(), usable))
            found_.error_in(
                *draft_.name,
                {"a route's name is made of 1 to 64 printable characters without blanks and quotes",
                 {},
                 0});
        draft_.made.name = text;
    }

    void loads() {
        tags();
        if (draft_.http && draft_.command)
            found_.error(*draft_.node, draft_.path + ".load",
                         "'load' has both 'http' and 'command'", "keep one of them");
        if (draft_.has_load && !draft_.http && !draft_.command && !draft_.client)
            found_.error(*draft_.node, draft_.path + ".load", "'load' needs 'http' or 'command'");
        if (draft_.http) http();
        if (!draft_.http && draft_.command) command();
        finish_batch(draft_, found_);
        if (draft_.http)
            draft_.made.load = *std::move(draft_.http);
        else if (draft_.command)
            draft_.made.load = *std::move(draft_.command);
    }

    void warm() {
        captures found;
        for (const config_scalar& v : draft_.warm_keys) {
            if (!pattern_failed_ && draft_.match && !draft_.made.match.match(v.text, found))
                found_.error(*v.node, v.path,
                             shown(*v.node, v.path) + " is not a key of this route");
            draft_.made.warm.keys.push_back(v.text);
        }
    }

    // A broken pattern has no captures: its templates would only give errors that are not errors.
    std::optional<text_template> templated(const config_scalar& v) {
        if (pattern_failed_ || !draft_.match) return std::nullopt;
        auto parsed = parse_template(v.text, draft_.made.match.names());
        if (!parsed) {
            found_.error_in(v, parsed.error());
            return std::nullopt;
        }
        parsed->source = v.node->text;
        return *std::move(parsed);
    }

    void complain(const config_scalar& v, const text_error& what, const config_node& at) {
        found_.error(at, v.path, what.message, what.hint);
    }

    /// What an HTTP load is retried on: "connect" and statuses of errors.
    void retries() {
        http_retry& retry = draft_.http->retry;
        for (const config_scalar& v : draft_.retry_on) {
            const auto status = parse_number(v.text);
            if (v.text == "connect") {
                retry.connect = true;
            } else if (status && *status >= 400 && *status <= 599) {
                retry.statuses.push_back(static_cast<int>(*status));
            } else {
                found_.error(*v.node, v.path, shown(*v.node, v.path) + " is nothing to retry on",
                             "connect, or a status from 400 to 599");
            }
        }
    }

    void answers() {
        if (draft_.http->revalidate && draft_.http->method != "GET")
            found_.error(*draft_.revalidate->node, draft_.revalidate->path,
                         "'revalidate' needs the method GET");
        if (!draft_.extract) return;
        if (const auto wrong = json::pointer_problem(draft_.extract->text))
            found_.error_in(*draft_.extract, *wrong);
        draft_.http->extract = draft_.extract->text;
    }

    void http() {
        retries();
        answers();
        http_load& load = *draft_.http;
        if (draft_.url) {
            if (auto url = templated(*draft_.url)) {
                auto socket = take_unix_socket(*url);
                if (!socket) complain(*draft_.url, socket.error(), *draft_.url->node);
                const auto wrong = socket ? url_problem(*url) : std::nullopt;
                if (wrong) complain(*draft_.url, *wrong, *draft_.url->node);
                if (socket) load.unix_path = *std::move(socket);
                load.url = *std::move(url);
            }
        }
        for (const config_scalar& v : draft_.headers) {
            auto value = templated(v);
            if (!value) continue;
            if (const auto wrong = header_problem(v.name, *value))
                complain(v, *wrong, *v.name_node);
            load.headers.emplace_back(v.name, *std::move(value));
        }
        if (draft_.cert.has_value() != draft_.key.has_value()) {
            const config_scalar& one = draft_.cert ? *draft_.cert : *draft_.key;
            found_.error(*one.node, one.path, "'cert' and 'key' need each other");
        }
        for (const config_scalar& v : draft_.networks) {
            if (!is_network(v.text))
                found_.error(*v.node, v.path, shown(*v.node, v.path) + " is not a network",
                             "for example 169.254.169.254 or fd00::/8");
            load.allow_addresses.push_back(v.text);
        }
    }

    void tags() {
        for (const config_scalar& v : draft_.tags)
            if (auto tag = templated(v)) draft_.made.tags.push_back(*std::move(tag));
    }

    void command() {
        command_load& load = *draft_.command;
        for (const config_scalar& v : draft_.argv) {
            auto argument = templated(v);
            if (!argument) continue;
            const auto wrong = &v == &draft_.argv.front() ? program_problem(*argument)
                                                          : argument_problem(*argument);
            if (wrong) complain(v, *wrong, *v.node);
            load.argv.push_back(*std::move(argument));
        }
        for (const config_scalar& v : draft_.env) {
            auto value = templated(v);
            if (!value) continue;
            if (const auto wrong = variable_problem(v.name, *value))
                complain(v, *wrong, *v.name_node);
            load.env.emplace_back(v.name, *std::move(value));
        }
    }

    route_draft& draft_;
    bool upstream_;
    diagnostic_list& found_;
    bool pattern_failed_ = false;
};

// A name that was not given gives way: "user:{id}#3".
void unique_names(config_draft& draft, diagnostic_list& found) {
    std::unordered_map<std::string, std::size_t> taken;
    for (std::size_t i = 0; i < draft.routes.size(); ++i) {
        if (!draft.routes[i].name) continue;
        const config_scalar& name = *draft.routes[i].name;
        const auto [other, first] = taken.emplace(draft.routes[i].made.name, i);
        if (!first)
            found.error(*name.node, name.path, "two routes of one name",
                        "routes[" + std::to_string(other->second) + "] has this name already");
    }
    for (std::size_t i = 0; i < draft.routes.size(); ++i) {
        route& r = draft.routes[i].made;
        if (draft.routes[i].name || taken.emplace(r.name, i).second) continue;
        r.name += "#" + std::to_string(i);
        taken.emplace(r.name, i);
    }
}

void warn_of_unreachable(const config_draft& draft, diagnostic_list& found) {
    for (const unreachable_route& u : unreachable_routes(draft.made.routes)) {
        const route_draft& hidden = draft.routes[u.route];
        const route_draft& by = draft.routes[u.claimed_by];
        const std::string line = by.match->node->at.line == 0
                                     ? ""
                                     : " (line " + std::to_string(by.match->node->at.line) + ")";
        found.warning(*hidden.match->node, hidden.match->path,
                      "this route is never used: routes[" + std::to_string(u.claimed_by) + "]" +
                          line + " claims every key that it could",
                      "the first match wins: put the more specific route first");
    }
}

}  // namespace

void finish_routes(config_draft& draft, diagnostic_list& found) {
    const bool upstream = draft.made.upstream.has_value();
    for (route_draft& r : draft.routes) route_finisher{r, upstream, found}.finish();
    unique_names(draft, found);
    if (found.failed()) return;
    for (std::size_t i = 0; i < draft.routes.size(); ++i) {
        draft.routes[i].made.index = i;
        draft.made.routes.push_back(std::move(draft.routes[i].made));
    }
    warn_of_unreachable(draft, found);
}

}  // namespace herdgate
