// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/answer_headers.hpp"

#include <algorithm>

#include "header_text.hpp"

namespace herdgate {
namespace {

struct known_header {
    std::string_view name;
    std::string_view joint;  ///< between the values of several lines; empty: the first line counts
};

/// In the order of answer_header.
constexpr std::array<known_header, answer_header_count> known{{{"Age", {}},
                                                               {"Cache-Control", ", "},
                                                               {"Cache-Tag", ","},
                                                               {"Date", {}},
                                                               {"ETag", {}},
                                                               {"Expires", {}},
                                                               {"Last-Modified", {}},
                                                               {"Retry-After", {}},
                                                               {"Surrogate-Key", " "},
                                                               {"Vary", ", "},
                                                               {"xkey", " "}}};

}  // namespace

bool answer_headers::line(std::string_view text) {
    bytes_ += text.size();
    if (bytes_ > answer_head_bytes_max) return false;
    if (text.starts_with("HTTP/")) {
        for (std::string& value : values_) value.clear();
        ended_ = false;
        return true;
    }
    if (header_text::trimmed(text).empty()) ended_ = true;
    const auto colon = text.find(':');
    if (ended_ || colon == std::string_view::npos) return true;
    const std::string_view name = text.substr(0, colon);
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (!header_text::same_name(name, known[i].name)) continue;
        std::string& value = values_[i];
        if (!value.empty() && known[i].joint.empty()) break;
        if (!value.empty()) value += known[i].joint;
        value += header_text::trimmed(text.substr(colon + 1));
        value.resize(std::min(value.size(), answer_header_bytes_max));
        break;
    }
    return true;
}

}  // namespace herdgate
