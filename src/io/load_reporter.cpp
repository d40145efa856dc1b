// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/load_reporter.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "herdgate/core/base/limits.hpp"

namespace herdgate {

load_reporter::load_reporter(boost::asio::io_context& io, load_sink& sink)
    : io_(io), sink_(std::make_shared<load_sink*>(&sink)) {}

void load_reporter::report(load_id id, load_result result) {
    result.reason = printable_reason(std::move(result.reason));
    boost::asio::post(
        io_, [weak = std::weak_ptr<load_sink*>(sink_), id, result = std::move(result)]() mutable {
            // The sink may end the loader from inside the call: only the pointer itself is used
            // after the look-up.
            const std::shared_ptr<load_sink*> sink = weak.lock();
            if (sink != nullptr) (*sink)->on_loaded(id, std::move(result));
        });
}

void load_reporter::report(load_id id, load_outcome outcome, std::string reason) {
    report(id, load_result{outcome, {}, std::move(reason)});
}

std::string printable_reason(std::string text) {
    text.resize(std::min(text.size(), limits::reason_bytes));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

}  // namespace herdgate
