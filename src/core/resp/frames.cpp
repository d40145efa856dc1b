// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/resp/frames.hpp"

#include "herdgate/core/resp/reply_parser.hpp"

namespace herdgate::resp {

std::vector<std::string_view> split_frames(std::string_view bytes) {
    std::vector<std::string_view> frames;
    reply_parser parser;
    while (!bytes.empty() && parser.parse(bytes) == parse_status::complete) {
        frames.push_back(bytes.substr(0, parser.consumed()));
        bytes.remove_prefix(parser.consumed());
    }
    return frames;
}

}  // namespace herdgate::resp
