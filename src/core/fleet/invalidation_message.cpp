// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fleet/invalidation_message.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "herdgate/core/base/limits.hpp"

namespace herdgate {
namespace {

using json = nlohmann::json;

/// Takes the parser's events. Returning false ends the parse: no tree is built, nothing nests.
class message_reader final : public nlohmann::json_sax<json> {
  public:
    invalidation_message made;
    invalidation_refusal refusal = invalidation_refusal::malformed;

    bool start_object(std::size_t) override { return !std::exchange(begun_, true); }
    bool end_object() override {
        const int subjects =
            seen(member::key) + seen(member::keys) + seen(member::route) + seen(member::tag);
        return subjects == 1 && !(made.route.empty() && made.tag.empty() && made.keys.empty());
    }
    bool key(string_t& name) override {
        constexpr std::array<std::string_view, 6> names{"key", "keys", "route",
                                                        "db",  "mode", "tag"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (name != names[i]) continue;
            at_ = static_cast<member>(i);
            return !std::exchange(seen_[i], true);
        }
        return false;
    }
    bool start_array(std::size_t) override {
        return begun_ && at_ == member::keys && !std::exchange(in_keys_, true);
    }
    bool end_array() override {
        in_keys_ = false;
        at_ = member::none;
        return true;
    }
    bool string(string_t& text) override {
        switch (at_) {
            case member::key:
                return add_key(std::move(text));
            case member::keys:
                return in_keys_ && add_key(std::move(text));
            case member::route:
                if (text.size() > invalidation_key_bytes_max)
                    return refuse(invalidation_refusal::too_large);
                made.route = std::move(text);
                return !made.route.empty();
            case member::tag:
                if (text.size() > invalidation_key_bytes_max)
                    return refuse(invalidation_refusal::too_large);
                made.tag = std::move(text);
                return !made.tag.empty();
            case member::mode:
                return set_mode(text);
            case member::db:
            case member::none:
                break;
        }
        return false;
    }
    bool number_unsigned(number_unsigned_t number) override {
        if (at_ != member::db || number >= limits::databases) return false;
        made.database = static_cast<std::uint16_t>(number);
        return true;
    }
    bool number_integer(number_integer_t) override { return false; }
    bool number_float(number_float_t, const string_t&) override { return false; }
    bool boolean(bool) override { return false; }
    bool null() override { return false; }
    bool binary(binary_t&) override { return false; }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

  private:
    enum class member : std::uint8_t { key, keys, route, db, mode, tag, none };

    bool seen(member m) const { return seen_[static_cast<std::size_t>(m)]; }

    bool refuse(invalidation_refusal why) {
        refusal = why;
        return false;
    }

    bool add_key(std::string text) {
        if (text.empty()) return false;
        if (text.size() > invalidation_key_bytes_max || made.keys.size() == invalidation_keys_max)
            return refuse(invalidation_refusal::too_large);
        made.keys.push_back(std::move(text));
        return true;
    }

    bool set_mode(std::string_view text) {
        using enum route_policy::invalidation;
        if (text == "delete") made.mode = erase;
        if (text == "stale") made.mode = stale;
        if (text == "refresh") made.mode = refresh;
        return made.mode.has_value();
    }

    bool begun_ = false;
    bool in_keys_ = false;
    member at_ = member::none;
    std::array<bool, 6> seen_{};
};

}  // namespace

boost::system::result<invalidation_message, invalidation_refusal> parse_invalidation(
    std::string_view text) {
    if (text.size() > invalidation_bytes_max) return invalidation_refusal::too_large;
    message_reader reader;
    if (!json::sax_parse(text.begin(), text.end(), &reader)) return reader.refusal;
    return std::move(reader.made);
}

std::string_view describe(invalidation_refusal why) noexcept {
    switch (why) {
        case invalidation_refusal::malformed:
            return "not of the form that is documented";
        case invalidation_refusal::too_large:
            return "too large";
    }
    return {};
}

std::string message_of_tag(std::string_view tag, bool stale) {
    const json message = {{"tag", tag}, {"mode", stale ? "stale" : "delete"}};
    return message.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace herdgate
