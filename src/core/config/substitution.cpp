// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/config/substitution.hpp"

#include <algorithm>
#include <utility>

namespace herdgate {
namespace {

using value = boost::system::result<std::string, text_error>;

bool variable_name(std::string_view text) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto byte = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
    return !text.empty() && letter(text.front()) && std::all_of(text.begin(), text.end(), byte);
}

value file_value(const std::string& path, const config_environment& outside) {
    if (path.empty())
        return text_error{"'${file:}' without a path", "${file:/run/secrets/name}", 0};
    auto content = outside.file(path);
    if (!content) return text_error{"cannot read '" + path + "': " + content.error(), {}, 0};
    if (content->ends_with('\n')) content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
    return *std::move(content);
}

// `inner`: what stands between '${' and '}'.
value lookup(std::string_view inner, const config_environment& outside) {
    constexpr std::string_view file = "file:";
    if (inner.starts_with(file)) return file_value(std::string{inner.substr(file.size())}, outside);
    const auto separator = inner.find(":-");
    const std::string name{inner.substr(0, separator)};
    if (!variable_name(name))
        return text_error{"'${' without a variable's name",
                          "${NAME}, ${NAME:-default}, ${file:PATH}; $$ is a literal '$'", 0};
    auto found = outside.variable(name);
    if (found && (!found->empty() || separator == std::string_view::npos)) return *std::move(found);
    if (separator != std::string_view::npos) return std::string{inner.substr(separator + 2)};
    return text_error{"environment variable '" + name + "' is not set",
                      "${" + name + ":-default} gives it a default", 0};
}

void append(std::string& out, std::string_view text, substitution_target target) {
    for (const char c : text) {
        out += c;
        if (target == substitution_target::braces && (c == '{' || c == '}')) out += c;
    }
}

}  // namespace

boost::system::result<substituted_text, text_error> substitute(std::string_view text,
                                                               const config_environment& outside,
                                                               substitution_target target) {
    substituted_text result;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto dollar = std::min(text.find('$', at), text.size());
        result.text += text.substr(at, dollar - at);
        const std::string_view rest = text.substr(dollar);
        at = dollar + 1;
        if (rest.starts_with("$$")) {
            result.text += '$';
            ++at;
        } else if (rest.starts_with("${")) {
            const auto end = rest.find('}');
            if (end == std::string_view::npos)
                return text_error{"'${' without '}'", "$$ is a literal '$'", dollar};
            auto found = lookup(rest.substr(2, end - 2), outside);
            if (!found) return text_error{found.error().message, found.error().hint, dollar};
            append(result.text, *found, target);
            result.changed = true;
            at = dollar + end + 1;
        } else if (!rest.empty()) {
            result.text += '$';
        }
    }
    return result;
}

}  // namespace herdgate
