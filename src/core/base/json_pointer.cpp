// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/base/json_pointer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace herdgate::json {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t index_digits_max = 9;

std::string_view without_blanks(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text;
}

/// The end of the string whose opening quote is at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
    return std::min(at + 1, text.size());
}

/// The end of the value that `text` begins with.
std::size_t end_of_value(std::string_view text) {
    std::size_t depth = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = end_of_string(text, at);
        } else if (c == '{' || c == '[') {
            ++depth;
            ++at;
        } else if (c == '}' || c == ']') {
            if (depth > 0) --depth;
            ++at;
        } else if (depth > 0) {
            ++at;
        } else {
            return std::min(text.find_first_of(",:]} \t\r\n", at), text.size());
        }
        if (depth == 0) return at;
    }
    return at;
}

std::string unescaped(std::string_view quoted) {
    const nlohmann::json value = nlohmann::json::parse(quoted, nullptr, false);
    const auto* text = value.get_ptr<const nlohmann::json::string_t*>();
    return text == nullptr ? std::string{} : *text;
}

/// A reference token's "~1" is "/", "~0" is "~".
std::string token_name(std::string_view token) {
    std::string name;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
            name += token[i];
            continue;
        }
        ++i;
        name += i < token.size() && token[i] == '1' ? '/' : '~';
    }
    return name;
}

std::optional<std::size_t> token_index(std::string_view token) {
    const bool leading_zero = token.size() > 1 && token.front() == '0';
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (token.empty() || leading_zero || token.size() > index_digits_max ||
        !std::all_of(token.begin(), token.end(), digit))
        return std::nullopt;
    std::size_t index = 0;
    for (const char c : token) index = index * 10 + static_cast<std::size_t>(c - '0');
    return index;
}

std::optional<std::string_view> child(std::string_view value, std::string_view token) {
    elements all{value};
    if (kind_of(value) == kind::object) {
        const std::string name = token_name(token);
        while (all.next())
            if (all.name() == name) return all.value();
        return std::nullopt;
    }
    auto index = token_index(token);
    if (!index) return std::nullopt;
    while (all.next())
        if ((*index)-- == 0) return all.value();
    return std::nullopt;
}

}  // namespace

bool is_json(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    return !text.starts_with(byte_order_mark) && nlohmann::json::accept(text.begin(), text.end());
}

bool is_text(std::string_view bytes) {
    std::string quoted{'"'};
    for (const char c : bytes) {
        const bool special = c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
        quoted += special ? ' ' : c;
    }
    return nlohmann::json::accept(quoted + '"');
}

std::optional<text_error> pointer_problem(std::string_view pointer) {
    if (!pointer.empty() && pointer.front() != '/')
        return text_error{"a JSON pointer starts with '/'", "for example /data/0/id", 0};
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        const bool escape = pointer[i] == '~';
        const bool known =
            i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1');
        if (escape && !known)
            return text_error{"'~' without 0 or 1 in a JSON pointer", "~0 is '~', ~1 is '/'", i};
    }
    return std::nullopt;
}

kind kind_of(std::string_view value) {
    value = without_blanks(value);
    switch (value.empty() ? 'n' : value.front()) {
        case '{':
            return kind::object;
        case '[':
            return kind::array;
        case '"':
            return kind::text;
        case 't':
        case 'f':
            return kind::boolean;
        case 'n':
            return kind::null;
        default:
            return kind::number;
    }
}

std::optional<std::string_view> find(std::string_view document, std::string_view pointer) {
    document = without_blanks(document);
    std::optional<std::string_view> at = document.substr(0, end_of_value(document));
    while (at && !pointer.empty()) {
        pointer.remove_prefix(1);
        const std::size_t end = std::min(pointer.find('/'), pointer.size());
        at = child(*at, pointer.substr(0, end));
        pointer.remove_prefix(end);
    }
    return at;
}

std::string bytes_of(std::string_view value) {
    value = without_blanks(value);
    if (kind_of(value) == kind::text) return unescaped(value);
    std::string text;
    for (std::size_t at = 0; at < value.size();) {
        const std::size_t end = value[at] == '"' ? end_of_string(value, at) : at + 1;
        if (blanks.find(value[at]) == std::string_view::npos) text += value.substr(at, end - at);
        at = end;
    }
    return text;
}

elements::elements(std::string_view container) {
    const kind what = kind_of(container);
    named_ = what == kind::object;
    if (!named_ && what != kind::array) return;
    left_ = without_blanks(container);
    left_.remove_prefix(1);
}

bool elements::next() {
    const auto take_value = [this] {
        left_ = without_blanks(left_);
        const std::string_view taken = left_.substr(0, end_of_value(left_));
        left_ = without_blanks(left_.substr(taken.size()));
        return taken;
    };
    left_ = without_blanks(left_);
    if (left_.empty() || left_.front() == ']' || left_.front() == '}') return false;
    if (named_) {
        name_ = take_value();
        left_.remove_prefix(std::min<std::size_t>(1, left_.size()));  // the colon
    }
    value_ = take_value();
    if (!left_.empty() && left_.front() == ',') left_.remove_prefix(1);
    return true;
}

}  // namespace herdgate::json
