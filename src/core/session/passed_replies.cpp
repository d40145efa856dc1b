// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/passed_replies.hpp"

#include <string>

#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/writer.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {

std::uint32_t passed_replies::open() {
    return static_cast<std::uint32_t>(client_->replies().open());
}

void passed_replies::on_read(std::uint32_t part, const read_result& result) {
    if (result.what == read_result::kind::reply) return on_reply(part, result.value.view());
    std::string error;
    resp::write_error(error, result.error);
    on_reply(part, error);
}

void passed_replies::on_reply(std::uint32_t part, std::string_view frame) {
    if (client_ == nullptr) return;
    if (client_->over_output_limit()) return client_->link().overflow();
    reply_queue& replies = client_->replies();
    replies.fill_copy(replies.id_of(part), frame);
    engine_.touch(*client_);
}

}  // namespace herdgate
