// SPDX-License-Identifier: Apache-2.0
//
// The configuration as the rest of the program sees it: typed, checked, complete. Made once from
// the file (see config_file.hpp) and immutable afterwards. A member's initialiser is its default.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "herdgate/core/base/time.hpp"
#include "herdgate/core/command/route_pattern.hpp"
#include "herdgate/core/command/text_template.hpp"

namespace herdgate {

inline constexpr std::size_t kib = 1024;
inline constexpr std::size_t mib = 1024 * kib;

/// TLS towards clients: paths of PEM files.
struct server_tls {
    std::string cert;       ///< the certificate, and those between it and its authority
    std::string key;        ///< the certificate's
    std::string client_ca;  ///< who signs clients' certificates; empty = none is asked for
};

/// Where to listen: a TCP endpoint (host is an IP address or "localhost"), or a unix socket when
/// `unix_path` is set.
struct listen_address {
    std::string host = "127.0.0.1";
    std::uint16_t port = 6380;
    std::string unix_path;
    std::optional<server_tls> tls = {};
};

/// One user that may AUTH.
struct auth_user {
    std::string name;
    std::string password;  ///< or its hash (core/session/password.hpp)
};

/// TLS towards an origin or an upstream: paths of PEM files; empty = the system's authorities, no
/// client certificate.
struct client_tls {
    std::string ca;
    std::string cert;
    std::string key;
};

/// `load.http.retry`: further requests within one load.
struct http_retry {
    std::uint32_t attempts = 0;  ///< requests after the first
    bool connect = true;         ///< when there was no connection, or a kept one had gone
    std::vector<int> statuses{502, 503, 504};
    std::int64_t budget = 2000;  ///< of the route's requests, in hundredths of a percent
};

/// `batch` of a load: misses that meet go as one call.
struct load_batch {
    text_template url;                ///< HTTP: its captures are all {ids}
    std::string key;                  ///< HTTP: JSON pointer to an element's own key, for arrays
    std::vector<text_template> argv;  ///< of a command; empty: the load's own
    std::size_t max = 100;            ///< keys of one call
    milliseconds window{2};           ///< how long the first of them waits for others
};

/// `load.http`: how to ask an HTTP origin for one key.
struct http_load {
    text_template url;      ///< captures only after the host
    std::string unix_path;  ///< of the socket to connect to; empty: by the URL's host and port
    std::string method = "GET";
    std::vector<std::pair<std::string, text_template>> headers;  ///< names are literal
    milliseconds timeout{2000};  ///< of the whole load, connecting included
    http_retry retry;
    std::vector<int> absent{404, 410};  ///< statuses that mean "does not exist"
    bool cache_control = false;  ///< the answer's Cache-Control, Expires, Age and Vary are honoured
    bool revalidate = false;     ///< validators are kept and sent
    std::optional<std::string> extract;  ///< JSON pointer: what part of the answer is the value
    std::size_t max_body = 16 * mib;     ///< after decompression, in bytes
    client_tls tls;
    std::vector<std::string> allow_addresses;  ///< CIDRs taken off the list of refused addresses
    std::optional<load_batch> batch;           ///< if set, its URL is asked instead
};

/// `load.command`: which program to run for one key. No shell.
struct command_load {
    std::vector<text_template> argv;  ///< argv[0] is literal
    std::vector<std::pair<std::string, text_template>>
        env;                      ///< the child's whole environment besides PATH
    bool stdin_key = false;       ///< the key on standard input, else /dev/null
    milliseconds timeout{30000};  ///< then SIGTERM, and SIGKILL `kill_after` later
    milliseconds kill_after{2000};
    std::optional<int> absent_exit;     ///< this exit status means "does not exist"
    std::size_t max_output = 16 * mib;  ///< of stdout, in bytes
    bool worker = false;                ///< kept running: keys in, values out
    std::size_t processes = 1;          ///< of a worker, for each thread
    std::optional<load_batch> batch;    ///< keys in, a JSON object out
};

/// `load: client`: the application loads. One client that asks for a missing key is told so, and
/// stores the value; the others wait for that.
struct client_load {
    milliseconds lease{10'000};  ///< how long that client may take
};

/// Reads that extend an entry's life.
struct sliding_life {
    milliseconds window{0};   ///< a read within this before the end moves the end…
    milliseconds extend{0};   ///< …to this from now…
    milliseconds max_age{0};  ///< …but not beyond this after the load began
};

/// What a route promises about its entries, apart from how they are loaded.
struct route_policy {
    milliseconds ttl{60'000};
    double jitter = 0;  ///< share of a TTL of which a part is taken off by chance, at the fill
    struct {
        milliseconds while_revalidate{60'000};  ///< from the end of the TTL
        milliseconds if_error{600'000};         ///< from the end of the TTL
    } stale;
    struct {
        milliseconds ttl{30'000};  ///< 0 = absence is not remembered
    } negative;
    /// A reader with a stale value to fall back on waits no longer than this.
    std::optional<milliseconds> soft_timeout;
    /// Loading before the TTL ends. At most one of the three.
    struct {
        milliseconds ahead{0};         ///< within this before the end each read starts a load…
        double probability = 0;        ///< …with this probability
        double xfetch = 0;             ///< the paper's beta
        milliseconds every{0};         ///< so long after a load the next one, read or not…
        milliseconds idle{3'600'000};  ///< …until nobody has read for this long
        /// Whether a read may start one.
        bool by_chance() const noexcept { return probability > 0 || xfetch > 0; }
    } refresh;
    using sliding_window = sliding_life;
    std::optional<sliding_window> sliding;
    enum class wait_end {
        error,
        nil,
        load,  ///< waits on for a load of this process, without the lease if need be
    };
    struct {
        milliseconds timeout{3000};       ///< a reader waits no longer than this
        wait_end then = wait_end::error;  ///< and then gets this, if there is no stale value
        std::size_t waiters = 100'000;    ///< per flight
    } wait;
    struct {
        std::size_t concurrency = 64;  ///< loads of this route at once, in this process
        std::size_t queue = 1024;      ///< loads that wait for their turn
        milliseconds queue_timeout{3000};
        /// Loads of this route at once in all processes that share an upstream.
        std::optional<std::size_t> fleet;
    } limit;
    /// What an invalidation message does to an entry.
    enum class invalidation {
        erase,    ///< it goes
        stale,    ///< it is served while it is refreshed
        refresh,  ///< it is refreshed at once
    };
    invalidation invalidate = invalidation::erase;
    struct {
        std::size_t failures = 0;   ///< consecutive failed loads of the route; 0 = no breaker
        milliseconds open{30'000};  ///< no load for this long; then one, to see
    } breaker;                      ///< in this process
    /// What a client's command that stores a value does.
    enum class write {
        store,        ///< the entry becomes that value
        invalidate,   ///< the entry goes; the value is dropped
        reject,       ///< an error
        passthrough,  ///< goes to Redis as it is; the entry goes
    };
    write writes = write::store;
    struct {
        milliseconds first{1000};
        milliseconds max{60'000};
    } backoff;  ///< after a failed load of a key
};

/// A key pattern with a loader and a policy.
struct route {
    std::size_t index = 0;  ///< position in the file, from 0
    std::string name;
    route_pattern match;
    std::variant<http_load, command_load, client_load> load;
    bool as_hash = false;  ///< values are JSON objects, read field by field
    bool dry_run = false;  ///< nothing but counted
    route_policy policy;
    struct {
        std::vector<std::string> keys;
        std::string file;             ///< a key on each line; empty = none
        std::size_t rate = 50;        ///< keys a second
    } warm;                           ///< loaded at the start
    std::vector<text_template> tags;  ///< of each of its entries, made from the key
};

/// How misses of a route go together; nullptr if each goes alone.
inline const load_batch* batch_of(const route& r) noexcept {
    const auto in = [](const auto* load) {
        return load != nullptr && load->batch ? &*load->batch : nullptr;
    };
    const load_batch* http = in(std::get_if<http_load>(&r.load));
    return http != nullptr ? http : in(std::get_if<command_load>(&r.load));
}

struct upstream_timeouts {
    milliseconds connect{1000};  ///< connecting and the greeting
    milliseconds command{5000};  ///< a client's command
    milliseconds store{1000};    ///< a command of the store (reads of entries, leases)
};

/// The Redis behind herdgate: at `host` and `port`, or at `unix_path` if that is set.
struct upstream_config {
    std::string host;
    std::uint16_t port = 6379;
    std::string unix_path;
    bool tls = false;
    std::uint16_t database = 0;
    std::string username;  ///< empty = Redis's default user
    std::string password;  ///< empty = no AUTH
    client_tls tls_files;
    std::string server_name;  ///< that the certificate must bear; empty = host
    upstream_timeouts timeouts;
    enum class link_mode {
        shared,     ///< clients whose state allows it share a worker's link
        dedicated,  ///< a link for each client
    };
    link_mode links = link_mode::shared;
};

struct config {
    std::vector<listen_address> listen{listen_address{}};
    std::vector<auth_user> users;  ///< empty = no AUTH needed, local clients only
    bool auth_upstream = false;    ///< clients log in to the upstream, as its users
    struct {
        std::string prefix = "cache:";       ///< of entries' keys in a shared store
        std::size_t max_memory = 256 * mib;  ///< of the embedded store
        milliseconds lease{3000};            ///< in a shared store: renewed while the load runs
    } store;
    std::optional<upstream_config> upstream;  ///< none = entries live in this process's memory
    /// How Redis tells of keys that others change.
    enum class tracking_mode {
        keys,       ///< of those that this process has read
        broadcast,  ///< of all that begin with store.prefix
        off,        ///< not at all: near_cache.max_age is the only bound
    };
    struct {
        std::size_t max_memory = 64 * mib;
        milliseconds max_age{30'000};  ///< a copy is not served longer without asking Redis
        tracking_mode tracking = tracking_mode::keys;
    } near_cache;  ///< copies of the upstream's entries in this process
    /// What a process does of the fleet's work.
    enum class role {
        all,
        proxy,   ///< serves clients; leaves the refresh stream to others
        worker,  ///< works off the refresh stream; no listeners
    };
    struct {
        std::string invalidation_channel = "cache_invalidation";  ///< empty = none
        std::string refresh_stream;                               ///< empty = none
        role as = role::all;
    } fleet;  ///< what others tell this process through the upstream
    struct {
        std::string host = "127.0.0.1";  ///< empty = no admin server
        std::uint16_t port = 9121;
    } admin;
    std::size_t workers = 0;  ///< 0 = as many as there are CPUs
    struct {
        std::size_t clients = 10'000;
        std::size_t request = 64 * mib;  ///< one command
        std::size_t value = 16 * mib;    ///< one value of a routed key
        std::size_t output = 64 * mib;   ///< replies one client has not read yet
    } limits;
    enum class log_format { text, json };
    struct {
        std::string level = "info";  ///< trace | debug | info | warn | error | off
        log_format format = log_format::text;
    } log;
    milliseconds drain{20'000};
    std::vector<route> routes;  ///< first match wins
    std::string shown;          ///< all of this as JSON, without secrets
};

}  // namespace herdgate
