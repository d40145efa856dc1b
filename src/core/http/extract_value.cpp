// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/extract_value.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>  // Boost.JSON's own code: here and nowhere else

#include "json_part.hpp"

namespace herdgate {

extraction extract_value(std::string_view answer, std::string_view pointer) {
    boost::json::parse_options options;
    options.max_depth = extract_depth_max;
    boost::json::basic_parser<json_part> parser{options, pointer};
    boost::json::error_code error;
    const std::size_t read = parser.write_some(false, answer.data(), answer.size(), error);
    if (error == boost::json::error::too_deep)
        return {load_outcome::error, {}, "the answer's JSON is nested too deeply"};
    if (error || read < answer.size() || !parser.done())
        return {load_outcome::error, {}, "the answer is not JSON"};
    json_part& part = parser.handler();
    switch (part.found()) {
        case json_part::kind::value:
            return {load_outcome::ok, part.take(), {}};
        case json_part::kind::null:
            return {load_outcome::absent, {}, {}};
        case json_part::kind::missing:
            break;
    }
    return {load_outcome::error, {}, "the answer has nothing where 'extract' points to"};
}

}  // namespace herdgate
