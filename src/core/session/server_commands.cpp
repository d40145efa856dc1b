// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/server_commands.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "herdgate/core/base/glob.hpp"
#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/base/version.hpp"
#include "herdgate/core/base/words.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/error_replies.hpp"
#include "herdgate/core/session/connection_commands.hpp"
#include "herdgate/core/session/session.hpp"

namespace herdgate {
namespace {

using lines = std::string;

template <class Value>
void line(lines& out, std::string_view name, const Value& value) {
    out += name;
    out += ':';
    if constexpr (std::is_arithmetic_v<Value>)
        out += std::to_string(value);
    else
        out += value;
    out += "\r\n";
}

std::uint64_t sum(const process_state& process, counter worker_metrics::*what) {
    std::uint64_t total = 0;
    for (const auto& metrics : process.metrics) total += ((*metrics).*what).read();
    return total;
}

void info_server(engine& owner, lines& out) {
    const process_state& process = owner.process();
    const auto uptime =
        std::chrono::duration_cast<seconds>(owner.now().store - process.started).count();
    line(out, "redis_version", emulated_redis_version);
    line(out, "redis_mode", std::string_view{"standalone"});
    line(out, "herdgate_version", version);
    line(out, "arch_bits", 64);
    line(out, "process_id", process.process_id);
    line(out, "run_id", process.run_id);
    line(out, "tcp_port", process.port);
    line(out, "uptime_in_seconds", uptime);
    line(out, "uptime_in_days", uptime / 86'400);
}

void info_clients(engine& owner, lines& out) {
    line(out, "connected_clients", owner.process().clients.load(std::memory_order_relaxed));
    line(out, "maxclients", owner.configuration().limits.clients);
    line(out, "blocked_clients", 0);
}

void info_memory(engine& owner, lines& out) {
    const auto totals = owner.process().entries->totals();
    line(out, "used_memory", totals.bytes);
    line(out, "maxmemory", owner.configuration().store.max_memory);
    line(out, "maxmemory_policy", std::string_view{"allkeys-lru"});
}

void info_persistence(engine&, lines& out) {
    line(out, "loading", 0);
    line(out, "rdb_bgsave_in_progress", 0);
    line(out, "aof_enabled", 0);
}

void info_stats(engine& owner, lines& out) {
    const process_state& process = owner.process();
    const auto totals = process.entries->totals();
    line(out, "total_connections_received", sum(process, &worker_metrics::connections_opened));
    line(out, "total_commands_processed",
         sum(process, &worker_metrics::commands_routed) +
             sum(process, &worker_metrics::commands_local) +
             sum(process, &worker_metrics::commands_connection));
    line(out, "total_net_input_bytes", sum(process, &worker_metrics::bytes_read));
    line(out, "total_net_output_bytes", sum(process, &worker_metrics::bytes_written));
    line(out, "rejected_connections", sum(process, &worker_metrics::rejected_max_clients));
    line(out, "expired_keys", totals.expired);
    line(out, "evicted_keys", totals.evictions);
}

void info_replication(engine&, lines& out) {
    line(out, "role", std::string_view{"master"});
    line(out, "connected_slaves", 0);
}

void info_cluster(engine&, lines& out) {
    line(out, "cluster_enabled", 0);
}

void info_keyspace(engine& owner, lines& out) {
    for (std::uint16_t database = 0; database < limits::databases; ++database) {
        const auto keys = owner.process().entries->size(database);
        if (keys == 0) continue;
        line(out, "db" + std::to_string(database),
             "keys=" + std::to_string(keys) + ",expires=0,avg_ttl=0");
    }
}

void info_herdgate(engine& owner, lines& out) {
    const process_state& process = owner.process();
    line(out, "workers", process.metrics.size());
    line(out, "routes", owner.configuration().routes.size());
    std::uint64_t lookups = 0;
    std::uint64_t loads = 0;
    std::int64_t flights = 0;
    for (const auto& metrics : process.metrics) {
        flights += metrics->flights.read();
        for (const route_metrics& r : metrics->routes) {
            lookups += r.lookups.read();
            loads += r.loads_started.read();
        }
    }
    line(out, "routed_reads", lookups);
    line(out, "loads_started", loads);
    line(out, "flights", flights);
}

struct section {
    std::string_view name;  ///< lower case
    std::string_view title;
    void (*write)(engine&, lines&);
    bool only_by_name;
};

constexpr std::array<section, 9> sections{{
    {"server", "Server", info_server, false},
    {"clients", "Clients", info_clients, false},
    {"memory", "Memory", info_memory, false},
    {"persistence", "Persistence", info_persistence, false},
    {"stats", "Stats", info_stats, false},
    {"replication", "Replication", info_replication, false},
    {"cluster", "Cluster", info_cluster, false},
    {"keyspace", "Keyspace", info_keyspace, false},
    {"herdgate", "Herdgate", info_herdgate, true},
}};

bool asked_for(const section& s, std::span<const std::string_view> names) {
    if (names.empty()) return !s.only_by_name;
    for (const std::string_view name : names) {
        if (is_word(name, s.name)) return true;
        const bool all =
            is_word(name, "all") || is_word(name, "default") || is_word(name, "everything");
        if (all && !s.only_by_name) return true;
    }
    return false;
}

struct parameter {
    std::string_view name;
    std::string value;
};

std::vector<parameter> parameters(engine& owner) {
    const config& c = owner.configuration();
    return {
        {"appendonly", "no"},
        {"databases", std::to_string(limits::databases)},
        {"maxclients", std::to_string(c.limits.clients)},
        {"maxmemory", std::to_string(c.store.max_memory)},
        {"maxmemory-policy", "allkeys-lru"},
        {"notify-keyspace-events", ""},
        {"port", std::to_string(owner.process().port)},
        {"proto-max-bulk-len", std::to_string(std::min(limits::bulk_bytes, c.limits.request))},
        {"replica-read-only", "yes"},
        {"save", ""},
        {"slave-read-only", "yes"},
        {"timeout", "0"},
    };
}

void config_get(connection_call& call) {
    const auto patterns = call.args.subspan(2);
    std::vector<parameter> shown = parameters(call.owner);
    std::erase_if(shown, [&](const parameter& p) {
        return std::none_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
            return glob_match(lower(pattern), p.name);
        });
    });
    resp::write_map(call.out, shown.size(), call.client.state().protocol);
    for (const parameter& p : shown) {
        resp::write_bulk(call.out, p.name);
        resp::write_bulk(call.out, p.value);
    }
}

}  // namespace

void run_info(connection_call& call) {
    lines text;
    for (const section& s : sections) {
        if (!asked_for(s, call.args.subspan(1))) continue;
        if (!text.empty()) text += "\r\n";
        text += "# ";
        text += s.title;
        text += "\r\n";
        s.write(call.owner, text);
    }
    resp::write_text(call.out, text, call.client.state().protocol);
}

void run_config(connection_call& call) {
    if (is_word(call.args[1], "get")) {
        if (call.args.size() < 3)
            return resp::write_error(call.out, resp::errors::wrong_arity("config|get"));
        return config_get(call);
    }
    for (const std::string_view known : {"set", "resetstat", "rewrite", "help"})
        if (is_word(call.args[1], known))
            return resp::write_error(call.out,
                                     resp::errors::needs_upstream("config " + std::string{known}));
    resp::write_error(call.out, resp::errors::unknown_subcommand(call.args[1], "CONFIG"));
}

/// Seconds and microseconds of the store's clock, which has milliseconds.
void run_time(connection_call& call) {
    const auto now = call.owner.now().store.time_since_epoch();
    const auto whole = std::chrono::duration_cast<seconds>(now);
    resp::write_array(call.out, 2);
    resp::write_bulk(call.out, std::to_string(whole.count()));
    resp::write_bulk(call.out, std::to_string(std::chrono::microseconds(now - whole).count()));
}

}  // namespace herdgate
