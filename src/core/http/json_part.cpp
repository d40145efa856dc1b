// SPDX-License-Identifier: Apache-2.0
#include "json_part.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace herdgate {
namespace {

/// An element's index has no leading zeros (RFC 6901, section 4).
std::optional<std::size_t> index_of(std::string_view name) {
    std::size_t index = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data(), end, index);
    const bool leading_zero = name.size() > 1 && name.front() == '0';
    if (error != std::errc{} || stop != end || leading_zero) return std::nullopt;
    return index;
}

/// "~1" is "/", "~0" is "~".
std::string unescaped(std::string_view reference) {
    std::string name;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const bool escape = reference[i] == '~' && i + 1 < reference.size();
        if (escape) ++i;
        name += !escape ? reference[i] : reference[i] == '1' ? '/' : '~';
    }
    return name;
}

}  // namespace

json_part::json_part(std::string_view pointer) {
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const auto end = std::min(pointer.find('/'), pointer.size());
        std::string name = unescaped(pointer.substr(0, end));
        const auto index = index_of(name);
        pointer_.push_back({std::move(name), index});
        pointer.remove_prefix(end);
    }
}

/// Whether the value that begins is what is pointed to, or in it; moves on in its container.
bool json_part::begin_value() {
    if (captured_ > 0) {
        comma();
        return true;
    }
    if (skipped_ > 0) return false;
    if (!path_.empty()) {
        level& in = path_.back();
        const token& wanted = pointer_[path_.size() - 1];
        if (in.is_array ? in.next++ != wanted.index : !in.key_matches) {
            on_path_ = false;
            return false;
        }
    }
    on_path_ = true;
    found_ = kind::missing;
    text_.clear();
    return path_.size() == pointer_.size();
}

void json_part::comma() {
    const char last = text_.back();
    if (last != '[' && last != '{' && last != ':') text_ += ',';
}

bool json_part::open(char bracket) {
    if (begin_value()) {
        text_ += bracket;
        ++captured_;
    } else if (skipped_ > 0 || !on_path_) {
        ++skipped_;
    } else {
        path_.push_back({bracket == '['});
    }
    return true;
}

bool json_part::close(char bracket) {
    if (captured_ > 0) {
        text_ += bracket;
        if (--captured_ == 0) found_ = kind::value;
    } else if (skipped_ > 0) {
        --skipped_;
    } else {
        path_.pop_back();
    }
    return true;
}

bool json_part::key(text part) {
    if (captured_ > 0) {
        if (!std::exchange(in_key_, true)) {
            comma();
            text_ += '"';
        }
        escape(part);
    } else if (skipped_ == 0) {
        key_.append(part.data(), part.size());
    }
    return true;
}

bool json_part::on_key(text part, std::size_t, error_code&) {
    key(part);
    if (captured_ > 0) {
        text_ += "\":";
        in_key_ = false;
    } else if (skipped_ == 0) {
        path_.back().key_matches = key_ == pointer_[path_.size() - 1].name;
        key_.clear();
    }
    return true;
}

bool json_part::string(text part) {
    if (!std::exchange(in_scalar_, true)) {
        on_value_ = begin_value();
        if (on_value_ && captured_ > 0) text_ += '"';
    }
    if (!on_value_) return true;
    if (captured_ > 0) {
        escape(part);
    } else {
        text_.append(part.data(), part.size());
    }
    return true;
}

bool json_part::on_string(text part, std::size_t, error_code&) {
    string(part);
    in_scalar_ = false;
    if (!on_value_) return true;
    if (captured_ > 0) {
        text_ += '"';
    } else {
        found_ = kind::value;
    }
    return true;
}

bool json_part::number(text part) {
    if (!std::exchange(in_scalar_, true)) on_value_ = begin_value();
    if (on_value_) text_.append(part.data(), part.size());
    return true;
}

bool json_part::end_number(text part) {
    number(part);
    in_scalar_ = false;
    if (on_value_ && captured_ == 0) found_ = kind::value;
    return true;
}

bool json_part::word(std::string_view spelling, kind what) {
    if (!begin_value()) return true;
    text_ += spelling;
    if (captured_ == 0) found_ = what;
    return true;
}

void json_part::escape(text part) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::string_view special = "\b\f\n\r\t\"\\";
    constexpr std::string_view letters = "bfnrt\"\\";
    for (const char c : part) {
        const auto at = special.find(c);
        if (at != std::string_view::npos) {
            text_ += '\\';
            text_ += letters[at];
        } else if (static_cast<unsigned char>(c) < 0x20) {
            text_ += "\\u00";
            text_ += digits[static_cast<unsigned char>(c) >> 4U];
            text_ += digits[static_cast<unsigned char>(c) & 15U];
        } else {
            text_ += c;
        }
    }
}

}  // namespace herdgate
