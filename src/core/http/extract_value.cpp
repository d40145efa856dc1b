// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/extract_value.hpp"

#include "herdgate/core/base/json_pointer.hpp"

namespace herdgate {

extraction extract_value(std::string_view answer, std::string_view pointer) {
    if (!json::is_json(answer)) return {load_outcome::error, {}, "the answer is not JSON"};
    const auto part = json::find(answer, pointer);
    if (!part) return {load_outcome::error, {}, "the answer has nothing where 'extract' points to"};
    if (json::kind_of(*part) == json::kind::null) return {load_outcome::absent, {}, {}};
    return {load_outcome::ok, json::bytes_of(*part), {}};
}

}  // namespace herdgate
