// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/explanation.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <variant>

#include "herdgate/core/cache/entry.hpp"
#include "herdgate/core/command/render.hpp"
#include "herdgate/core/command/route_table.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/config/units.hpp"

namespace herdgate {
namespace {

std::string printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f && c != '\\') {
            result += c;
            continue;
        }
        result += c == '\\' ? "\\" : "\\x";
        if (c == '\\') {
            result += c;
        } else {
            result += digits[byte >> 4U];
            result += digits[byte & 15U];
        }
    }
    return result;
}

std::string line(std::string_view name, const std::string& value) {
    std::string text = "  " + std::string{name} + ":";
    text.resize(std::max<std::size_t>(text.size() + 1, 20), ' ');
    return text + value + "\n";
}

bool from_outside(const text_template& t) {
    return t.source.find("${") != std::string::npos;
}

/// What a template makes of the key, unless something secret may be in it.
std::string safe(const text_template& t, std::string_view rendered) {
    return from_outside(t) ? t.source + "   (as in the file: holds a substituted value)"
                           : printable(rendered);
}

// Hosts and paths are shown; credentials in a query are not.
std::string safe_url(const text_template& t, const std::string& rendered) {
    const auto query = t.source.find('?');
    if (query == std::string::npos || t.source.find("${", query) == std::string::npos)
        return printable(rendered);
    return printable(rendered.substr(0, rendered.find('?'))) + t.source.substr(query);
}

std::string describe(const client_call&) {
    return line("load", "by the client that is told that there is no value");
}

std::string describe(const http_call& call, const text_template& url) {
    std::string text = line("request", call.spec->method + " " + safe_url(url, call.url));
    if (!call.spec->unix_path.empty()) text += line("unix socket", printable(call.spec->unix_path));
    for (std::size_t i = 0; i < call.headers.size(); ++i) {
        const auto& [name, value] = call.spec->headers[i];
        text += line(
            "header",
            name + ": " + safe(value, std::string_view{call.headers[i]}.substr(name.size() + 2)));
    }
    return text + line("load timeout", format_duration(call.spec->timeout.count()));
}

std::string describe(const command_call& call, const std::vector<text_template>& argv) {
    std::string text;
    for (std::size_t i = 0; i < call.argv.size(); ++i)
        text += line("argv[" + std::to_string(i) + "]", safe(argv[i], call.argv[i]));
    for (std::size_t i = 0; i < call.env.size(); ++i) {
        const auto& [name, value] = call.spec->env[i];
        text +=
            line("environment",
                 name + "=" + safe(value, std::string_view{call.env[i]}.substr(name.size() + 1)));
    }
    text += line("standard input", call.spec->stdin_key ? "the key" : "nothing");
    if (call.spec->worker) text += line("mode", "kept running, asked for key after key");
    return text + line("load timeout", format_duration(call.spec->timeout.count()));
}

std::string describe(const load_call& call) {
    if (const auto* http = std::get_if<http_call>(&call)) return describe(*http, http->spec->url);
    if (const auto* command = std::get_if<command_call>(&call))
        return describe(*command, command->spec->argv);
    if (const auto* client = std::get_if<client_call>(&call)) return describe(*client);
    const auto& part = std::get<batch_call>(call);
    const load_batch& batch = *batch_of(*part.r);
    const std::string text = line("batch", "up to " + std::to_string(batch.max) + " keys within " +
                                               format_duration(batch.window.count()) + "; alone:");
    const load_call alone = render_batch(*part.r, {&part.id, 1});
    if (const auto* http = std::get_if<http_call>(&alone)) return text + describe(*http, batch.url);
    const auto& command = std::get<command_call>(alone);
    return text + describe(command, batch.argv.empty() ? command.spec->argv : batch.argv);
}

std::string policy_lines(const route_policy& p) {
    constexpr std::array<const char*, 3> ends{"an error", "nil", "a load of their own"};
    return line("fresh for", format_duration(p.ttl.count())) +
           line("then stale", format_duration(p.stale.while_revalidate.count()) +
                                  " while revalidating, " +
                                  format_duration(p.stale.if_error.count()) + " if a load fails") +
           line("absence", p.negative.ttl.count() == 0 ? "not remembered"
                                                       : format_duration(p.negative.ttl.count())) +
           line("readers wait", format_duration(p.wait.timeout.count()) + ", then get " +
                                    ends[static_cast<std::size_t>(p.wait.then)]);
}

/// What is there, and until when: "fresh for 12s".
std::string state_text(const entry& e, redis_time now) {
    const auto left = [now](redis_time end) { return format_duration((end - now).count()); };
    const entry_meta& m = e.meta;
    switch (judge(e, now)) {
        case freshness::fresh:
            return "fresh for " + left(m.fresh_until);
        case freshness::stale_revalidate:
            return "stale, served while it is refreshed for " + left(m.revalidate_until);
        case freshness::stale_if_error:
            return "stale, served if a load fails for " + left(m.error_until);
        case freshness::negative:
            return "known not to exist for " + left(m.fresh_until);
        case freshness::uncacheable:
            return "not to be stored, says the origin; asked again in " + left(m.fresh_until);
        case freshness::absent:
            break;
    }
    return "absent";
}

}  // namespace

std::string explain_entry(const entry& e, redis_time now) {
    std::string text = state_text(e, now);
    if (now < e.meta.retry_at)
        text += "; backing off for " + format_duration((e.meta.retry_at - now).count()) +
                " after " + std::to_string(e.meta.failures) + " failed loads";
    return line("now", text);
}

std::string explain_no_entry(std::string_view reason) {
    return line("now", "not known: " + printable(reason));
}

std::string explain_flight(const std::optional<flight_view>& flight) {
    if (!flight) return line("in flight", "no");
    std::string text =
        std::string{flight->state} + ", " + std::to_string(flight->waiters) + " wait";
    if (flight->load_runs_for.count() >= 0)
        text += ", its load runs for " + format_duration(flight->load_runs_for.count());
    return line("in flight", text);
}

std::string explain(const config& c, std::string_view key) {
    captures found;
    const route_table table{c.routes};
    const route* r = table.find(key, found);
    std::string text = "key " + printable(key) + "\n";
    text += r == nullptr ? "  no route claims it: an ordinary key\n"
                         : line("route", r->name + " (routes[" + std::to_string(r->index) + "])");
    for (const route& other : c.routes) {
        if (&other == r) break;
        text += line("not " + other.name, printable(other.match.why_not(key)));
    }
    if (r == nullptr) return text;
    if (r->dry_run) text += line("dry run", "the key is treated as if no route claimed it");
    for (std::size_t i = 0; i < found.size(); ++i)
        text += line("{" + r->match.names()[i] + "}", printable(found[i]));
    const auto call = render(*r, key, found);
    if (call) {
        text += describe(*call);
    } else {
        text += line("refused", call.error().reason);
    }
    return text + policy_lines(r->policy) +
           line("entry", printable(c.store.prefix + std::string{key}));
}

}  // namespace herdgate
