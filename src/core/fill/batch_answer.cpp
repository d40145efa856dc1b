// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/batch_answer.hpp"

#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "herdgate/core/base/json_pointer.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

/// What the answer holds for the ids that were asked for.
class answer_reader {
  public:
    explicit answer_reader(std::span<const std::string> ids) {
        for (const std::string& id : ids) found_.emplace(id, std::nullopt);
    }

    void read_object(std::string_view text) {
        json::elements members{text};
        while (members.next()) note(members.name(), members.value());
    }

    void read_array(std::string_view text, std::string_view key) {
        json::elements all{text};
        while (all.next()) {
            if (json::kind_of(all.value()) == json::kind::null) continue;
            const auto id = json::find(all.value(), key);
            const json::kind what = id ? json::kind_of(*id) : json::kind::null;
            if (what == json::kind::text || what == json::kind::number)
                note(json::bytes_of(*id), all.value());
            else
                nameless_ = true;
        }
    }

    load_result result_of(const std::string& id, const load_terms& terms) const {
        const auto value = found_.at(id);
        if (!value && nameless_)
            return {load_outcome::error, {}, "not found in the answer; some of that has no key"};
        load_result result{load_outcome::absent, {}, {}, terms};
        if (!value || json::kind_of(*value) == json::kind::null) return result;
        result.outcome = load_outcome::ok;
        result.value = shared_bytes{json::bytes_of(*value)};
        return result;
    }

  private:
    void note(std::string_view id, std::string_view value) {
        const auto asked = found_.find(id);
        if (asked != found_.end()) asked->second = value;
    }

    std::unordered_map<std::string_view, std::optional<std::string_view>> found_;
    bool nameless_ = false;  ///< an element does not say whose it is
};

/// Requests beyond the first were made once, not once for each key.
std::vector<load_result> for_all(std::size_t count, load_result result) {
    std::vector<load_result> all(count, result);
    for (std::size_t i = 1; i < count; ++i) all[i].retries = 0;
    return all;
}

}  // namespace

std::vector<load_result> split_answer(const load_batch& batch, std::span<const std::string> ids,
                                      load_result whole) {
    whole.terms.known = {};
    const std::uint32_t retries = whole.retries;
    const auto fail = [&](std::string reason) {
        load_result failed{load_outcome::error, {}, std::move(reason)};
        failed.retries = retries;
        return for_all(ids.size(), std::move(failed));
    };
    if (whole.outcome == load_outcome::unchanged)
        return fail("the origin says 'not modified' to a batch");
    if (whole.outcome != load_outcome::ok) return for_all(ids.size(), std::move(whole));
    const std::string_view text = whole.value.view();
    if (!json::is_json(text)) return fail("the answer to a batch is not JSON");
    const json::kind what = json::kind_of(text);
    answer_reader reader{ids};
    if (what == json::kind::object)
        reader.read_object(text);
    else if (what == json::kind::array && !batch.key.empty())
        reader.read_array(text, batch.key);
    else
        return fail(what == json::kind::array ? "the answer to a batch is an array: it needs 'key'"
                                              : "the answer to a batch is no object and no array");
    std::vector<load_result> results;
    for (const std::string& id : ids) results.push_back(reader.result_of(id, whole.terms));
    if (!results.empty()) results.front().retries = retries;
    return results;
}

}  // namespace herdgate
