// SPDX-License-Identifier: Apache-2.0
//
// database_switch: in which database a link that clients share is, and which ones there are. A
// SELECT that Redis refuses leaves the link where it was: what follows it would run in another
// client's database. So a database that is asked for for the first time is selected by itself, and
// what is meant for it waits for the answer; from then on SELECT goes ahead of its command.
#pragma once

#include <bitset>
#include <cstdint>

#include "herdgate/core/base/limits.hpp"

namespace herdgate {

class database_switch {
  public:
    /// `greeted`: where a new connection is.
    explicit database_switch(std::uint16_t greeted) noexcept : greeted_(greeted) { reset(); }

    /// A new connection.
    void reset() noexcept {
        selected_ = greeted_;
        known_.reset();
        refused_.reset();
        asked_.reset();
        known_.set(greeted_);
    }

    /// What a command for a database needs.
    enum class step : std::uint8_t {
        go,           ///< nothing: it can be sent
        select,       ///< SELECT first, then it can be sent
        ask,          ///< SELECT, and it waits for answered()
        wait,         ///< it waits for answered(): SELECT is on its way
        not_a_place,  ///< Redis has no such database
    };
    step to(std::uint16_t database) noexcept {
        if (database == selected_) return step::go;
        if (refused_[database]) return step::not_a_place;
        if (known_[database]) {
            selected_ = database;
            return step::select;
        }
        selected_ = nowhere;
        if (asked_[database]) return step::wait;
        asked_.set(database);
        return step::ask;
    }

    /// What Redis says to the SELECT of step::ask.
    void answered(std::uint16_t database, bool accepted) noexcept {
        (accepted ? known_ : refused_).set(database);
    }

  private:
    static constexpr std::uint16_t nowhere = 0xffff;  ///< it is not known

    std::uint16_t greeted_;
    std::uint16_t selected_ = 0;
    std::bitset<limits::databases> known_;
    std::bitset<limits::databases> refused_;
    std::bitset<limits::databases> asked_;
};

}  // namespace herdgate
