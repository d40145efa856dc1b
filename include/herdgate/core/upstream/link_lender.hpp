// SPDX-License-Identifier: Apache-2.0
//
// link_lender: where a client gets a link to Redis for itself. Links that come back clean are kept
// for the next client, so that a transaction does not cost a connection.
#pragma once

#include <cstdint>
#include <string>

#include "herdgate/core/resp/writer.hpp"
#include "herdgate/core/upstream/link.hpp"

namespace herdgate {

/// What a link's last commands have left it with.
struct link_traits {
    resp::protocol protocol = resp::protocol::resp2;
    std::uint16_t database = 0;
    std::string name;  ///< CLIENT SETNAME

    bool operator==(const link_traits&) const = default;
};

class link_lender {
  public:
    /// Whose the link's login is.
    enum class login : std::uint8_t {
        configured,  ///< that of the configuration
        none,        ///< it has none: its client logs in
    };
    struct loan {
        link* lent;
        link_traits traits;
    };

    /// Always lends one; it may not be up yet. One that is as its client wishes is preferred. The
    /// link lives until it is given back, and a while
    /// longer: that may happen in one of its own callbacks.
    virtual loan lend(link_user& user, login whose, const link_traits& wish) = 0;

    /// `clean`: up, nothing is pending on it, and Redis keeps nothing for it but its traits. Else
    /// it is closed.
    virtual void give_back(link& lent, const link_traits& left, bool clean) = 0;

    /// Something was queued on it.
    virtual void queued(link& lent) = 0;

    /// Nothing is read from it while its client has too much unread.
    virtual void pause(link& lent, bool on) = 0;

  protected:
    ~link_lender() = default;
};

}  // namespace herdgate
