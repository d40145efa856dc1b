// SPDX-License-Identifier: Apache-2.0
#include "key_regex.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace herdgate {
namespace {

re2::RE2::Options byte_options() {
    re2::RE2::Options options{re2::RE2::Latin1};
    options.set_log_errors(false);
    options.set_max_mem(std::int64_t{8} << 20);
    return options;
}

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

// Every text between two bounds starts with what the bounds have in common. RE2 gives bounds only
// for expressions that are anchored at their start, so it gets a second, anchored one; the first is
// valid, hence the group is well formed.
std::string common_prefix(std::string_view expression) {
    constexpr int bound_bytes = 64;
    const std::string anchored = "\\A(?:" + std::string{expression} + ")";
    const re2::RE2 bounded{piece(anchored), byte_options()};
    std::string low;
    std::string high;
    if (!bounded.ok() || !bounded.PossibleMatchRange(&low, &high, bound_bytes)) return {};
    const auto size = std::min(low.size(), high.size());
    const auto end =
        std::mismatch(low.begin(), low.begin() + static_cast<std::ptrdiff_t>(size), high.begin());
    return {low.begin(), end.first};
}

class re2_regex final : public key_regex {
  public:
    explicit re2_regex(std::string_view expression) : re_(piece(expression), byte_options()) {
        if (!re_.ok()) return;
        for (const auto& [index, name] : re_.CapturingGroupNames()) {
            groups_.push_back(index);
            names_.push_back(name);
        }
        prefix_ = common_prefix(expression);
    }

    const re2::RE2& re() const { return re_; }
    const std::vector<std::string>& names() const override { return names_; }
    const std::string& prefix() const override { return prefix_; }

    bool match(std::string_view key, captures* out) const override {
        std::array<re2::StringPiece, route_pattern::max_captures + 1> found;
        const int wanted = out == nullptr || groups_.empty() ? 0 : groups_.back() + 1;
        if (!re_.Match(piece(key), 0, key.size(), re2::RE2::ANCHOR_BOTH, found.data(), wanted))
            return false;
        for (const int group : groups_) {
            if (out == nullptr) break;
            const re2::StringPiece& text = found[static_cast<std::size_t>(group)];
            out->push_back(text.data() == nullptr ? key.substr(0, 0)
                                                  : std::string_view{text.data(), text.size()});
        }
        return true;
    }

  private:
    re2::RE2 re_;
    std::vector<int> groups_;  // ascending
    std::vector<std::string> names_;
    std::string prefix_;
};

}  // namespace

boost::system::result<std::shared_ptr<const key_regex>, text_error> key_regex::compile(
    std::string_view expression) {
    const auto regex = std::make_shared<const re2_regex>(expression);
    if (!regex->re().ok()) {
        const auto at = expression.find(regex->re().error_arg());
        return text_error{"not a regular expression of RE2: " + regex->re().error(),
                          "see https://github.com/google/re2/wiki/Syntax",
                          at == std::string_view::npos ? 0 : at};
    }
    if (regex->re().NumberOfCapturingGroups() > static_cast<int>(route_pattern::max_captures))
        return text_error{"more than 16 groups", "use (?:...) for groups that capture nothing", 0};
    return std::shared_ptr<const key_regex>{regex};
}

}  // namespace herdgate
