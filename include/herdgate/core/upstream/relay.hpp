// SPDX-License-Identifier: Apache-2.0
//
// relay: passes commands on to Redis over links that all clients of a worker share, one for each
// protocol, and the replies back as they are. For commands that leave no state behind on their
// connection.
//
// All commands of one client in one protocol take the same link: it reads its own writes. A link is
// opened when its protocol is first spoken; commands wait for that first time only, and are refused
// at once while the link is down later. A command that was sent is never repeated. Replies never
// shift: the link is closed by a command that takes too long. Bounded by its clients' own limits.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/resp/writer.hpp"
#include "herdgate/core/upstream/link.hpp"

namespace herdgate {

class relay final {
  public:
    /// `timeout`: of one command. `database`: what the links' greeting selects.
    relay(milliseconds timeout, std::uint16_t database);
    ~relay();
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;

    /// Whom the link of a protocol answers to.
    link_user& user(resp::protocol p) noexcept;
    /// The link of a protocol and what opens it. Before the first command.
    void use(resp::protocol p, link& l, std::function<void()> open);

    /// Passes a command on. `who` gets the reply as read_result::kind::reply, or an error.
    void forward(resp::protocol p, std::uint16_t database, std::string_view command, waiter who,
                 const instant& now);

  private:
    class lane;
    std::array<std::unique_ptr<lane>, 2> lanes_;
};

}  // namespace herdgate
