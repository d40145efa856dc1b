// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/diagnostic_format.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "yaml_text.hpp"

namespace herdgate {
namespace {

const char* word(severity level) {
    return level == severity::error ? "error" : "warning";
}

std::string place(const diagnostic& d, const std::string& path) {
    if (d.at.line != 0)
        return path + ":" + std::to_string(d.at.line) + ":" + std::to_string(d.at.column);
    return d.path.empty() ? path : "--set " + d.path;
}

// The caret line: tabs stay tabs and a multi-byte character takes one column, so that it lines up.
std::string excerpt(const diagnostic& d, std::string_view line) {
    constexpr std::size_t widest = 160;
    const std::size_t from = d.at.column - 1;
    if (from > line.size() || from > widest) return {};
    const std::string number = std::to_string(d.at.line);
    const std::string gutter(number.size() < 5 ? 5 - number.size() : 0, ' ');
    std::string text = gutter + number + " | " + std::string{line.substr(0, widest)} + "\n";
    text += std::string(gutter.size() + number.size(), ' ') + " | ";
    const auto continuation = [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
    };
    for (const char c : line.substr(0, from)) {
        if (!continuation(c)) text += c == '\t' ? '\t' : ' ';
    }
    text += '^';
    const std::string_view marked = line.substr(from, std::min(d.at.length, widest - from));
    for (std::size_t i = 1; i < marked.size(); ++i) {
        if (!continuation(marked[i])) text += '~';
    }
    return text + "\n";
}

std::string as_text(const config_file_report& report) {
    const auto lines = split_lines(report.text);
    std::string text;
    for (const diagnostic& d : report.diagnostics) {
        text += place(d, report.path) + ": " + word(d.level) + ": " + d.message + "\n";
        const bool in_file = d.at.line != 0 && d.at.column != 0 && d.at.line <= lines.size();
        if (d.quotable && in_file && !looks_secret(lines[d.at.line - 1]))
            text += excerpt(d, lines[d.at.line - 1]);
        if (!d.hint.empty()) text += "hint: " + d.hint + "\n";
    }
    return text;
}

std::string as_json(const config_file_report& report) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const diagnostic& d : report.diagnostics) {
        list.push_back({{"file", report.path},
                        {"line", d.at.line},
                        {"column", d.at.column},
                        {"severity", word(d.level)},
                        {"path", d.path},
                        {"message", d.message},
                        {"hint", d.hint}});
    }
    return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string escaped(std::string_view text, bool property) {
    std::string result;
    for (const char c : text) {
        if (c == '%') {
            result += "%25";
        } else if (c == '\r') {
            result += "%0D";
        } else if (c == '\n') {
            result += "%0A";
        } else if (property && c == ':') {
            result += "%3A";
        } else if (property && c == ',') {
            result += "%2C";
        } else {
            result += c;
        }
    }
    return result;
}

std::string as_github(const config_file_report& report) {
    std::string text;
    for (const diagnostic& d : report.diagnostics) {
        text += std::string{"::"} + word(d.level) + " file=" + escaped(report.path, true);
        if (d.at.line != 0)
            text += ",line=" + std::to_string(d.at.line) + ",col=" + std::to_string(d.at.column);
        const std::string hint = d.hint.empty() ? "" : " (" + d.hint + ")";
        text += "::" + escaped(d.message + hint, false) + "\n";
    }
    return text;
}

}  // namespace

std::string format_diagnostics(const config_file_report& report, diagnostic_format format) {
    switch (format) {
        case diagnostic_format::text:
            return as_text(report);
        case diagnostic_format::json:
            return as_json(report);
        case diagnostic_format::github:
            return as_github(report);
    }
    return {};
}

}  // namespace herdgate
