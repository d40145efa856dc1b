// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/worker_reply.hpp"

#include <algorithm>
#include <utility>

#include "herdgate/core/resp/decimal.hpp"

namespace herdgate {
namespace {

constexpr std::string_view ok_word = "ok ";
constexpr std::string_view error_word = "error ";

}  // namespace

std::string worker_request(std::string_view key) {
    std::string request = std::to_string(key.size()) + "\n";
    request += key;
    return request;
}

worker_reply_reader::state worker_reply_reader::feed(std::string_view bytes) {
    if (bytes.empty()) return state_;
    if (state_ == state::done) return refuse("printed more than its answer");
    if (state_ == state::garbage) return state_;
    if (!in_value_) {
        const std::size_t end = bytes.find('\n');
        const std::size_t taken = std::min(end, bytes.size());
        if (line_.size() + taken > line_bytes_max) return refuse("printed what is no answer");
        line_ += bytes.substr(0, taken);
        if (end == std::string_view::npos) return state_;
        bytes.remove_prefix(taken + 1);
        read_line();
    }
    if (state_ == state::more) {
        const std::string_view piece = bytes.substr(0, left_);
        value_ += piece;
        left_ -= piece.size();
        bytes.remove_prefix(piece.size());
        if (left_ > 0) return state_;
        result_.value = shared_bytes{std::exchange(value_, {})};
        state_ = state::done;
    }
    return bytes.empty() || state_ == state::garbage ? state_
                                                     : refuse("printed more than its answer");
}

void worker_reply_reader::read_line() {
    const std::string_view line = line_;
    if (line == "absent") {
        result_ = {load_outcome::absent, {}, {}};
        state_ = state::done;
    } else if (line.starts_with(error_word) && line.size() > error_word.size()) {
        result_ = {load_outcome::error, {}, std::string{line.substr(error_word.size())}};
        state_ = state::done;
    } else if (line.starts_with(ok_word)) {
        const auto length = resp::parse_decimal(line.substr(ok_word.size()));
        if (!length || *length < 0) {
            refuse("printed what is no answer");
        } else if (static_cast<std::uint64_t>(*length) > value_max_) {
            refuse("output larger than " + std::to_string(value_max_) + " bytes");
        } else {
            result_ = {load_outcome::ok, {}, {}};
            in_value_ = true;
            left_ = static_cast<std::size_t>(*length);
        }
    } else {
        refuse("printed what is no answer");
    }
}

worker_reply_reader::state worker_reply_reader::refuse(std::string reason) {
    result_ = {load_outcome::error, {}, std::move(reason)};
    value_ = {};
    return state_ = state::garbage;
}

load_result worker_reply_reader::take() {
    load_result taken = std::move(result_);
    *this = worker_reply_reader{value_max_};
    return taken;
}

}  // namespace herdgate
