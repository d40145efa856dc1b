// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/text_template.hpp"

#include <algorithm>
#include <utility>

#include "brace_scanner.hpp"

namespace herdgate {
namespace {

std::string list_of(const std::vector<std::string>& names) {
    if (names.empty()) return "the route's pattern has no captures";
    std::string text = "the route's pattern captures";
    for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? " {" : ", {") + names[i] + "}";
    return text;
}

}  // namespace

boost::system::result<text_template, text_error> parse_template(
    std::string_view text, const std::vector<std::string>& names) {
    if (text.size() > text_template::max_length)
        return text_error{"longer than 16384 bytes", {}, text_template::max_length};
    text_template result;
    result.source = text;
    brace_scanner scanner{text};
    while (!scanner.done()) {
        auto part = scanner.next();
        if (!part) return part.error();
        text_template::piece piece{std::move(part->literal), text_template::no_capture};
        if (!part->name.empty()) {
            if (part->rest)
                return text_error{"'*' belongs into the route's pattern",
                                  "write {" + part->name + "}", part->offset};
            const auto found = std::find(names.begin(), names.end(), part->name);
            if (found == names.end())
                return text_error{"unknown capture '" + part->name + "'", list_of(names),
                                  part->offset};
            piece.capture = static_cast<std::size_t>(found - names.begin());
        }
        if (!piece.literal.empty() || piece.capture != text_template::no_capture)
            result.pieces.push_back(std::move(piece));
    }
    return result;
}

}  // namespace herdgate
