// SPDX-License-Identifier: Apache-2.0
//
// pending_reads: one command of a client that waits for the results of one or more reads: a GET of
// a key that is being loaded, an MGET of several, a CLIENT LIST that asks every worker. When the
// last result is in, the reply goes into the command's slot; if the client has gone, nowhere.
//
// Owned by those who will answer (waiters of flights, messages on their way). Touched on the
// client's worker only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/session/reply_queue.hpp"

namespace herdgate {

class session;
class engine;
struct command_info;

class pending_reads final : public reader {
  public:
    /// Opens a slot in the client's replies for a command of `parts` reads.
    pending_reads(engine& owner, session& client, const command_info& info, std::size_t parts);
    ~pending_reads() override;
    pending_reads(const pending_reads&) = delete;
    pending_reads& operator=(const pending_reads&) = delete;

    /// A part that is known already, or that is to be asked for. Before complete_if_done().
    void set(std::size_t part, read_result result) { results_[part] = std::move(result); }
    void await_one() noexcept { ++missing_; }

    void on_read(std::uint32_t part, const read_result& result) override;

    /// The client has gone: results still to come are dropped.
    void forget() noexcept { client_ = nullptr; }

    /// The words of the command; kept only where the reply depends on them.
    std::vector<std::string> args;
    const command_info& info;

  private:
    friend class session;  // links it into the client's list

    engine& engine_;
    session* client_;
    reply_queue::slot_id slot_;
    std::size_t missing_ = 0;
    std::vector<read_result> results_;
    pending_reads* next_ = nullptr;
    pending_reads* previous_ = nullptr;
};

}  // namespace herdgate
