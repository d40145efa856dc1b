// SPDX-License-Identifier: Apache-2.0
//
// model_redis: a Redis of one thread, in memory, as far as herdgate uses one: RESP2 in, RESP2 out.
// Greeting, HMGET, GET, SET, DEL, MGET, TIME, pub/sub, client tracking, and the store's own
// scripts, which it knows by their text and carries out itself (model_scripts.cpp).
//
// Client tracking is that of Redis 7.0: a key is remembered for each client that reads it, also in
// a script; the first change tells all of them and forgets the key, for a NOLOOP writer as well,
// who is not told. Expiry and eviction count as changes by nobody.
//
// It has no clock: set_clock() moves it. Bytes for clients leave through the function given to
// connect(), in order. `planted` bugs show that the checks find them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "herdgate/core/resp/request_parser.hpp"
#include "herdgate/core/upstream/scripts.hpp"

namespace herdgate::sim {

/// Database and key.
using model_name = std::pair<std::uint16_t, std::string>;
using words = std::span<const std::string_view>;

struct model_value {
    bool is_hash = false;
    std::map<std::string, std::string, std::less<>> fields;  ///< a string's bytes: the field ""
    std::int64_t expires = 0;                                ///< milliseconds since 1970; 0 = never
};

/// Something that has happened to an entry, for those who check.
struct model_event {
    enum class kind : std::uint8_t {
        granted,        ///< `token` has got the lease
        lease_ran_out,  ///< the lease of `token` is overdue, and goes to somebody else
        lease_lost,     ///< it was dropped with the entry's change
        filled,         ///< `data` was stored by the lease `token`
        written,        ///< `data` was stored by a client's own write
        removed,        ///< the entry is gone; `data` says why
        pushed,         ///< the subscriber `client` is told of a change
        own,            ///< the change is one of `client`, who is not told
    };
    kind what;
    std::uint64_t client = 0;
    model_name name;
    std::string token;
    std::string data;
};

/// Bugs to be found.
struct planted {
    bool no_fence = false;       ///< fill stores whoever holds the lease
    bool no_wake = false;        ///< nothing is published
    bool no_ttl = false;         ///< acquire leaves a key without a time to live
    bool endless_lease = false;  ///< a lease is never overdue
    bool no_push = false;        ///< tracking tells nobody
};

class model_redis {
  public:
    using client_id = std::uint64_t;
    using output = std::function<void(std::string)>;
    using watcher = std::function<void(const model_event&)>;

    explicit model_redis(planted bugs = {}) : bugs_(bugs) {}

    void watch(watcher w) { watcher_ = std::move(w); }
    void set_clock(std::int64_t microseconds) noexcept { clock_ = microseconds; }

    client_id connect(output out);
    void disconnect(client_id id);
    /// Bytes of a client, split anywhere.
    void receive(client_id id, std::string_view bytes);

    // What befalls it from outside.
    void restart(bool keeps_data);  ///< every client is disconnected without a word
    void flush_scripts() { known_.clear(); }
    void flush_all();
    void evict(const model_name& name);
    /// Erases what has expired.
    void expire_cycle();
    void put_string(const model_name& name, std::string value);

    const std::map<model_name, model_value>& data() const noexcept { return data_; }
    std::size_t clients() const noexcept { return clients_.size(); }
    std::size_t subscriptions(client_id id) const;
    /// Clients with tracking on whose subscriber has gone.
    std::int64_t now() const noexcept { return clock_ / 1000; }

  private:
    friend class model_script;
    struct client {
        client_id id = 0;
        output out;
        resp::request_parser parser;
        std::string kept;
        std::uint16_t database = 0;
        std::set<std::string> channels;
        bool tracking = false;
        bool broadcast = false;
        client_id redirect = 0;
        std::string prefix;
    };

    std::string run(client& c, words args);
    static std::string ping(const client& c, words args);
    std::string run_client(client& c, words args);
    std::string run_script(client& c, words args);
    std::string subscribe(client& c, words args, bool on);
    std::string get_fields(client& c, words args);
    std::size_t erase(client& c, words keys);
    model_value* find(const model_name& name, client_id reader);
    void remove(const model_name& name, std::string_view why, client_id by);
    void remember(const client& c, const std::string& key);
    void changed(const model_name& name, client_id by);
    void push(const client& tracked, const model_name& name, client_id by);
    std::size_t publish(const std::string& channel, std::string_view text);
    void tell(model_event e) const {
        if (watcher_) watcher_(e);
    }

    planted bugs_;
    watcher watcher_;
    std::int64_t clock_ = 0;
    client_id last_id_ = 0;
    std::map<client_id, std::unique_ptr<client>> clients_;
    std::map<model_name, model_value> data_;
    std::map<std::string, std::set<client_id>> tracked_;  ///< by key, in whatever database
    std::set<script> known_;
};

}  // namespace herdgate::sim
