// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/route_pattern.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "brace_scanner.hpp"
#include "key_regex.hpp"

namespace herdgate {

/// Builds a pattern from its text.
class pattern_parser {
  public:
    using result = boost::system::result<route_pattern, text_error>;

    explicit pattern_parser(std::string_view text) : text_(text) { pattern_.source_ = text; }

    result regex(std::string_view introducer) {
        auto compiled = key_regex::compile(text_.substr(introducer.size()));
        if (!compiled) {
            text_error error = compiled.error();
            error.offset += introducer.size();
            return error;
        }
        pattern_.names_ = (*compiled)->names();
        pattern_.prefix_ = (*compiled)->prefix();
        pattern_.regex_ = *compiled;
        return std::move(pattern_);
    }

    result braces() {
        brace_scanner scanner{text_};
        while (!scanner.done()) {
            auto part = scanner.next();
            if (!part) return part.error();
            if (auto error = add(*part)) return *std::move(error);
        }
        return std::move(pattern_);
    }

  private:
    // A part is a literal and then a capture; the literal belongs to the capture before it.
    std::optional<text_error> add(const brace_scanner::part& part) {
        if (pattern_.segments_.empty()) {
            pattern_.prefix_ = part.literal;
        } else {
            auto& last = pattern_.segments_.back();
            if (last.rest && (!part.literal.empty() || !part.name.empty()))
                return text_error{"nothing may follow {" + pattern_.names_.back() +
                                      "*}: it takes the rest of the key",
                                  "{" + pattern_.names_.back() + "} takes one segment", after_};
            if (part.literal.empty() && !part.name.empty())
                return text_error{"two captures need literal text between them",
                                  "for example {a}:{b}", part.offset};
            last.literal = part.literal;
        }
        if (part.name.empty()) return std::nullopt;
        const auto& names = pattern_.names_;
        if (std::find(names.begin(), names.end(), part.name) != names.end())
            return text_error{"capture '" + part.name + "' occurs twice", {}, part.offset};
        if (names.size() == route_pattern::max_captures)
            return text_error{"more than 16 captures", {}, part.offset};
        pattern_.names_.push_back(part.name);
        pattern_.segments_.push_back({part.rest, {}});
        after_ = part.offset + part.name.size() + (part.rest ? 3 : 2);
        return std::nullopt;
    }

    std::string_view text_;
    std::size_t after_ = 0;  // the byte after the last capture
    route_pattern pattern_;
};

boost::system::result<route_pattern, text_error> route_pattern::parse(std::string_view text) {
    constexpr std::string_view introducer = "regex:";
    if (text.empty()) return text_error{"a pattern cannot be empty", "{key*} claims every key", 0};
    if (text.size() > max_length)
        return text_error{"a pattern has 1024 bytes at most", {}, max_length};
    pattern_parser parser{text};
    return text.starts_with(introducer) ? parser.regex(introducer) : parser.braces();
}

bool route_pattern::match(std::string_view key, captures& out) const {
    out.clear();
    if (walk(key, &out).what == verdict::claimed) return true;
    out.clear();
    return false;
}

bool route_pattern::match(std::string_view key) const {
    return walk(key, nullptr).what == verdict::claimed;
}

route_pattern::outcome route_pattern::walk(std::string_view key, captures* out) const {
    if (regex_) return {regex_->match(key, out) ? verdict::claimed : verdict::regex, 0};
    if (source_.empty() || !key.starts_with(prefix_)) return {verdict::wrong_prefix, 0};
    std::size_t at = prefix_.size();
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        const segment& s = segments_[i];
        std::size_t end = key.size();
        if (!s.literal.empty()) end = key.find(s.literal.front(), at);
        if (end == std::string_view::npos) return {verdict::no_literal, i};
        if (end == at) return {verdict::empty_capture, i};
        const std::string_view taken = key.substr(at, end - at);
        if (s.literal.empty() && !s.rest && taken.find(':') != std::string_view::npos)
            return {verdict::colon, i};
        if (!key.substr(end).starts_with(s.literal)) return {verdict::wrong_literal, i};
        if (out != nullptr) out->push_back(taken);
        at = end + s.literal.size();
    }
    return {at == key.size() ? verdict::claimed : verdict::left_over, 0};
}

std::string route_pattern::why_not(std::string_view key) const {
    const outcome o = walk(key, nullptr);
    const auto name = [&] { return "{" + names_[o.segment] + "}"; };
    switch (o.what) {
        case verdict::claimed:
            return {};
        case verdict::wrong_prefix:
            return "the key does not start with '" + prefix_ + "'";
        case verdict::empty_capture:
            return name() + " would be empty";
        case verdict::no_literal:
        case verdict::wrong_literal:
            return name() + " is not followed by '" + segments_[o.segment].literal + "'";
        case verdict::colon:
            return name() + " would contain ':' ({" + names_[o.segment] + "*} may)";
        case verdict::left_over:
            return "the key goes on after the pattern's end";
        case verdict::regex:
            return "the regular expression does not match the whole key";
    }
    return {};
}

bool route_pattern::covers(const route_pattern& other) const {
    if (source_.empty() || other.source_.empty()) return other.source_.empty();
    if (regex_ && other.regex_) return source_ == other.source_;
    if (!other.regex_ && other.segments_.empty()) return match(other.prefix_);
    if (regex_) return false;
    if (!other.regex_ && prefix_ == other.prefix_ && segments_ == other.segments_) return true;
    if (segments_.empty() || !segments_.back().rest) return false;
    // This pattern ends in {x*}: it is enough that it walks the same way up to there, and that
    // something is left.
    const std::size_t before = segments_.size() - 1;
    if (before == 0) {
        if (!other.prefix_.starts_with(prefix_)) return false;
        return other.prefix_.size() > prefix_.size() || !other.segments_.empty();
    }
    if (other.regex_ || prefix_ != other.prefix_ || other.segments_.size() < before) return false;
    for (std::size_t i = 0; i + 1 < before; ++i) {
        if (segments_[i] != other.segments_[i]) return false;
    }
    const std::string& mine = segments_[before - 1].literal;
    const segment& theirs = other.segments_[before - 1];
    if (theirs.rest || !theirs.literal.starts_with(mine)) return false;
    return theirs.literal.size() > mine.size() || other.segments_.size() > before;
}

}  // namespace herdgate
