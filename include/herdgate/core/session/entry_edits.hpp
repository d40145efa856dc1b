// SPDX-License-Identifier: Apache-2.0
//
// entry_edits: clients' own commands on entries in a shared store (SET, DEL, EXPIRE, TTL, GETDEL…).
// The embedded store's handlers decide what a command does and answers; here its effect is made
// one step in the shared store:
//
//   read the entry → run the handler on a copy → put the result, if the entry is still the same
//        ▲                                          │ changed meanwhile
//        └──────────────────────────────────────────┘ (at most a few times)
//
// A write that does not depend on what was there (SET, SETEX) skips the look. Bounded: attempts per
// command, one copy at a time. Belongs to one worker: the one that owns the key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "herdgate/core/base/random.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/fill/editor.hpp"
#include "herdgate/core/fill/read_result.hpp"
#include "herdgate/core/resp/writer.hpp"

namespace herdgate {

class route_table;

class entry_edits_host {
  public:
    /// The reply of a command, for whoever waits for it.
    virtual void deliver_reply(waiter who, const read_result& result) = 0;
    /// The entry is about to change, or just has: nothing read before may be used any more.
    virtual void entry_written(entry_key key, bool done) = 0;

  protected:
    ~entry_edits_host() = default;
};

class entry_edits final : private editor_sink {
  public:
    /// `largest_value`: bytes of the largest value a client may write.
    entry_edits(const route_table& routes, std::size_t largest_value, entry_edits_host& host,
                std::uint64_t seed);

    editor_sink& sink() noexcept { return *this; }
    void use(editor& store) noexcept { store_ = &store; }

    /// Runs a command on one routed key. `args`: the command, its name first; HERDGATE only looks,
    /// and tells what the entry is (explanation.hpp).
    void start(entry_key key, std::vector<std::string> args, resp::protocol protocol, waiter who,
               const instant& now);

    std::size_t size() const noexcept { return edits_.size(); }

  private:
    struct edit {
        std::uint16_t database;
        std::string key;
        std::vector<std::string> args;
        resp::protocol protocol;
        waiter who;
        std::string reply;
        bool blind = false;
        int attempts = 0;

        entry_key where() const noexcept { return {database, key}; }
    };

    void apply(edit_id id, const entry& found, const instant& now);
    void finish(edit_id id, const read_result& result);
    void fail(edit_id id, std::string_view error);

    void on_edit_read(edit_id id, read_answer answer, const instant& now) override;
    void on_swapped(edit_id id, swap_answer answer, const instant& now) override;

    const route_table& routes_;
    entry_edits_host& host_;
    editor* store_ = nullptr;
    random_source random_;
    memory_store copy_;  ///< holds the one entry that a handler works on
    std::unordered_map<edit_id, edit> edits_;
    edit_id last_id_ = 0;
};

}  // namespace herdgate
