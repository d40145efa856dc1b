// SPDX-License-Identifier: Apache-2.0
#include "diagnostics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "herdgate/core/config/decode.hpp"

namespace herdgate {

bool is_secret(std::string_view path) {
    const bool upstream = path.starts_with("upstream") && !path.starts_with("upstream.timeouts") &&
                          path != "upstream.links";
    return upstream || path.starts_with("auth") ||
           path.find(".headers") != std::string_view::npos ||
           path.find(".env") != std::string_view::npos;
}

std::string quoted_text(std::string_view text) {
    constexpr std::size_t longest = 60;
    std::string result = "'";
    for (const char c : text.substr(0, longest)) result += c >= 0x20 && c < 0x7f ? c : '?';
    if (text.size() > longest) result += "...";
    return result + "'";
}

std::string shown(const config_node& node, std::string_view path) {
    return is_secret(path) ? "the value" : quoted_text(node.text);
}

void diagnostic_list::add(diagnostic d) {
    failed_ = failed_ || d.level == severity::error;
    d.quotable = !is_secret(d.path);
    // An alias brings the same error at the same place again.
    const auto same = [&](const diagnostic& other) {
        return other.at == d.at && other.message == d.message && d.at.line != 0;
    };
    if (list_.size() >= max_diagnostics || std::any_of(list_.begin(), list_.end(), same)) return;
    list_.push_back(std::move(d));
}

void diagnostic_list::error(const config_node& at, std::string path, std::string message,
                            std::string hint) {
    add({severity::error, at.at, std::move(message), std::move(hint), std::move(path)});
}

void diagnostic_list::warning(const config_node& at, std::string path, std::string message,
                              std::string hint) {
    add({severity::warning, at.at, std::move(message), std::move(hint), std::move(path)});
}

// Once something was put in from outside, offsets are of no use and details might be secrets.
void diagnostic_list::error_in(const config_scalar& scalar, const text_error& what) {
    if (scalar.changed) {
        error(*scalar.node, scalar.path, "the text is not usable after substitution",
              "check the values of the variables and files it names");
        return;
    }
    diagnostic d{severity::error, scalar.node->at, what.message, what.hint, scalar.path};
    if (scalar.node->text_column != 0 && what.offset != 0) {
        d.at.column = scalar.node->text_column + what.offset;
        d.at.length = 1;
    }
    add(std::move(d));
}

std::vector<diagnostic> diagnostic_list::take() {
    const auto place = [](const diagnostic& d) { return std::tuple{d.at.line, d.at.column}; };
    std::stable_sort(list_.begin(), list_.end(),
                     [&](const diagnostic& a, const diagnostic& b) { return place(a) < place(b); });
    return std::move(list_);
}

}  // namespace herdgate
