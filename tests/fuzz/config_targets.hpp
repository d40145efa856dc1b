// SPDX-License-Identifier: Apache-2.0
//
// The bodies of the configuration's fuzz targets: called by libFuzzer, and by the unit test that
// replays the corpora. A finding ends the process.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/command/render.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/io/config_file.hpp"
#include "herdgate/io/diagnostic_format.hpp"

namespace herdgate::fuzz {

/// Two lines, a pattern and a URL template; the rest is the key.
inline void route_render(std::string_view data) {
    const auto line = [&] {
        const auto end = std::min(data.find('\n'), data.size());
        const std::string_view text = data.substr(0, end);
        data.remove_prefix(std::min(end + 1, data.size()));
        return text;
    };
    const auto pattern = route_pattern::parse(line());
    if (!pattern) return;
    const std::string_view text = line();
    route r;
    r.match = *pattern;
    captures found;
    if (!r.match.match(data, found)) {
        HERDGATE_ASSERT(!r.match.why_not(data).empty());
        return;
    }
    HERDGATE_ASSERT(r.match.covers(r.match) && found.size() == r.match.names().size());
    HERDGATE_ASSERT(data.starts_with(r.match.literal_prefix()));
    const auto url = parse_template(text, r.match.names());
    if (!url) return;
    http_load load;
    if (!url_problem(*url)) load.url = *url;
    load.headers.emplace_back("X", *url);
    r.load = load;
    if (const auto call = render(r, data, found)) {
        const auto& made = std::get<http_call>(*call);
        const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
        HERDGATE_ASSERT(std::all_of(made.url.begin(), made.url.end(), visible));
        HERDGATE_ASSERT(made.headers.at(0).find_first_of("\r\n") == std::string::npos);
    }
    command_load command;
    command.argv = {*parse_template("p", {}), *url};
    r.load = command;
    (void)render(r, data, found);
}

/// YAML text: there is a configuration, or an error that says why not.
inline void config_text(std::string_view data) {
    config_environment outside;
    outside.variable = [](const std::string& name) -> std::optional<std::string> {
        if (name == "A") return "SeCrEt{}";
        return std::nullopt;
    };
    outside.file = [](const std::string&) {
        return boost::system::result<std::string, std::string>{boost::system::in_place_error,
                                                               "no files here"};
    };
    config_file_report report;
    report.path = "c.yaml";
    report.text = data;
    static_cast<config_report&>(report) = load_config_text(data, {}, outside);
    const auto error = [](const diagnostic& d) { return d.level == severity::error; };
    HERDGATE_ASSERT(report.value.has_value() !=
                    std::any_of(report.diagnostics.begin(), report.diagnostics.end(), error));
    for (const auto format :
         {diagnostic_format::text, diagnostic_format::json, diagnostic_format::github}) {
        const std::string text = format_diagnostics(report, format);
        HERDGATE_ASSERT(data.find("SeCrEt") != std::string_view::npos ||
                        text.find("SeCrEt") == std::string::npos);
    }
}

}  // namespace herdgate::fuzz
