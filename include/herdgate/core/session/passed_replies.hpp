// SPDX-License-Identifier: Apache-2.0
//
// passed_replies: takes Redis's replies to the commands that a client has sent through to their
// places among its replies. One for each client that has ever passed one on; a command is known by
// its place, so that it costs no object of its own.
//
// Owned by the session and by those who will answer: when the client has gone, what they say goes
// nowhere. Touched on the client's worker only.
#pragma once

#include <cstdint>
#include <string_view>

#include "herdgate/core/fill/read_result.hpp"

namespace herdgate {

class engine;
class session;

class passed_replies final : public reader {
  public:
    passed_replies(engine& owner, session& client) : engine_(owner), client_(&client) {}

    /// Reserves a place for the reply to the current command: the part that it is.
    std::uint32_t open();

    void on_read(std::uint32_t part, const read_result& result) override;
    void on_reply(std::uint32_t part, std::string_view frame) override;

    /// The client has gone.
    void forget() noexcept { client_ = nullptr; }

  private:
    engine& engine_;
    session* client_;
};

}  // namespace herdgate
