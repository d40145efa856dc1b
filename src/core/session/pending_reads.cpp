// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/pending_reads.hpp"

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {

pending_reads::pending_reads(engine& owner, session& client, const command_info& command,
                             std::size_t parts)
    : info(command),
      engine_(owner),
      client_(&client),
      slot_(client.replies().open()),
      results_(parts) {
    client.add(*this);
}

pending_reads::~pending_reads() {
    if (client_ != nullptr) client_->remove(*this);
}

void pending_reads::on_read(std::uint32_t part, const read_result& result) {
    HERDGATE_ASSERT(missing_ > 0 && part < results_.size());
    if (result.lead) engine_.take_lead(client_, *result.lead);
    results_[part] = result;
    if (--missing_ > 0 || client_ == nullptr) return;
    session& client = *client_;
    if (client.over_output_limit()) return client.link().overflow();
    client.remove(*this);
    client_ = nullptr;
    std::string reply;
    engine_.render(client, *this, results_, reply);
    client.replies().fill(slot_, std::move(reply));
    engine_.touch(client);
}

}  // namespace herdgate
