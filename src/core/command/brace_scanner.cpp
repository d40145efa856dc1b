// SPDX-License-Identifier: Apache-2.0
#include "brace_scanner.hpp"

#include <algorithm>
#include <utility>

namespace herdgate {
namespace {

bool name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

boost::system::result<brace_scanner::part, text_error> brace_scanner::next() {
    part found;
    while (at_ < text_.size()) {
        const char c = text_[at_];
        const bool doubled = at_ + 1 < text_.size() && text_[at_ + 1] == c;
        if (c != '{' && c != '}') {
            found.literal += c;
            ++at_;
        } else if (doubled) {
            found.literal += c;
            at_ += 2;
        } else if (c == '}') {
            return text_error{"'}' without '{'", "write '}}' for a literal brace", at_};
        } else {
            return capture(std::move(found));
        }
    }
    done_ = true;
    return found;
}

boost::system::result<brace_scanner::part, text_error> brace_scanner::capture(part found) {
    found.offset = at_;
    const auto end = text_.find('}', at_);
    if (end == std::string_view::npos)
        return text_error{"'{' without '}'", "write '{{' for a literal brace", at_};
    std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
    if (name.ends_with('*')) {
        found.rest = true;
        name.remove_suffix(1);
    }
    if (name.empty() || !std::all_of(name.begin(), name.end(), name_byte))
        return text_error{"a capture's name is made of letters, digits and '_'",
                          "write '{{' for a literal brace", at_};
    found.name = name;
    at_ = end + 1;
    return found;
}

}  // namespace herdgate
