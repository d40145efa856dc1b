// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/metrics/prometheus.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "exposition.hpp"

namespace herdgate {
namespace {

constexpr std::int64_t zero = 0;

std::string label(std::string_view name, std::string_view value) {
    std::string text{name};
    text += "=\"";
    for (const char c : value) {
        if (c == '\\' || c == '"') text += '\\';
        if (c == '\n')
            text += "\\n";
        else
            text += c;
    }
    return text + "\"";
}

constexpr std::array<std::string_view, load_outcome_count> outcome_names{
    "ok", "not_found", "error", "timeout", "rejected", "not_modified"};

/// A figure of a route, over all workers.
template <class Pick>
auto total(const scrape& s, std::size_t route, const Pick& pick) {
    decltype(pick(s.workers.front()->routes[route])) sum{};
    for (const worker_metrics* w : s.workers) sum += pick(w->routes[route]);
    return sum;
}

template <class Pick>
auto total(const scrape& s, const Pick& pick) {
    decltype(pick(*s.workers.front())) sum{};
    for (const worker_metrics* w : s.workers) sum += pick(*w);
    return sum;
}

struct labelled {
    std::string_view labels;
    counter route_metrics::*figure;
};

/// One family with a series per route, and per further label.
void per_route(exposition& out, const scrape& s, std::string_view name, std::string_view help,
               std::initializer_list<labelled> series) {
    out.family(name, "counter", help);
    for (std::size_t route = 0; route < s.routes.size(); ++route) {
        for (const labelled& one : series) {
            std::string labels = label("route", s.routes[route].name);
            if (!one.labels.empty()) labels += "," + std::string{one.labels};
            out.sample(labels, total(s, route, [&](const route_metrics& m) {
                           return (m.*one.figure).read();
                       }));
        }
    }
}

struct labelled_worker {
    std::string_view labels;
    counter worker_metrics::*figure;
};

void summed(exposition& out, const scrape& s, std::string_view name, std::string_view help,
            std::initializer_list<labelled_worker> series) {
    out.family(name, "counter", help);
    for (const labelled_worker& one : series)
        out.sample(one.labels,
                   total(s, [&](const worker_metrics& m) { return (m.*one.figure).read(); }));
}

template <class Number>
void single(exposition& out, std::string_view name, std::string_view type, std::string_view help,
            Number value) {
    out.family(name, type, help);
    out.sample({}, value);
}

void write_clients(exposition& out, const scrape& s) {
    single(out, "herdgate_client_connections", "gauge", "Clients connected now.",
           total(s, [](const worker_metrics& m) { return m.connections.read(); }));
    summed(out, s, "herdgate_client_connections_accepted_total", "Clients accepted.",
           {{"", &worker_metrics::connections_opened}});
    summed(out, s, "herdgate_client_connections_rejected_total",
           "Clients turned away or cut off, by reason.",
           {{"reason=\"max_clients\"", &worker_metrics::rejected_max_clients},
            {"reason=\"protected\"", &worker_metrics::rejected_protected},
            {"reason=\"output_limit\"", &worker_metrics::rejected_output}});
    summed(out, s, "herdgate_client_tls_handshakes_total",
           "TLS handshakes of clients, those that were given up included.",
           {{"result=\"ok\"", &worker_metrics::tls_handshakes},
            {"result=\"failed\"", &worker_metrics::tls_handshakes_failed}});
    summed(out, s, "herdgate_client_protocol_errors_total", "Clients closed for a protocol error.",
           {{"", &worker_metrics::protocol_errors}});
    summed(out, s, "herdgate_client_read_bytes_total", "Bytes received from clients.",
           {{"", &worker_metrics::bytes_read}});
    summed(out, s, "herdgate_client_written_bytes_total", "Bytes sent to clients.",
           {{"", &worker_metrics::bytes_written}});
    summed(out, s, "herdgate_commands_total", "Commands, by what they were about.",
           {{"class=\"routed\"", &worker_metrics::commands_routed},
            {"class=\"local\"", &worker_metrics::commands_local},
            {"class=\"passed\"", &worker_metrics::commands_passed},
            {"class=\"connection\"", &worker_metrics::commands_connection},
            {"class=\"rejected\"", &worker_metrics::commands_rejected}});
}

void write_lookups(exposition& out, const scrape& s) {
    per_route(out, s, "herdgate_cache_lookups_total", "Reads of routed keys.",
              {{"", &route_metrics::lookups}});
    per_route(out, s, "herdgate_cache_hits_total", "Reads answered at once with a value.",
              {{"tier=\"memory\",freshness=\"fresh\"", &route_metrics::hits_fresh},
               {"tier=\"memory\",freshness=\"stale\"", &route_metrics::hits_stale},
               {"tier=\"redis\",freshness=\"fresh\"", &route_metrics::store_hits_fresh},
               {"tier=\"redis\",freshness=\"stale\"", &route_metrics::store_hits_stale}});
    per_route(out, s, "herdgate_cache_negative_hits_total",
              "Reads answered at once: known not to exist.", {{"", &route_metrics::negative_hits}});
    per_route(out, s, "herdgate_cache_misses_total", "Reads that opened a flight.",
              {{"", &route_metrics::misses}});
    per_route(out, s, "herdgate_cache_coalesced_total", "Reads that joined a flight.",
              {{"", &route_metrics::coalesced}});
    per_route(out, s, "herdgate_cache_backoff_total",
              "Reads answered with the error of the last failed load.",
              {{"", &route_metrics::backoff}});
    per_route(out, s, "herdgate_cache_refused_total",
              "Reads refused: a key not fit for the loader, or too many waiters.",
              {{"", &route_metrics::refused}});
    per_route(out, s, "herdgate_cache_errors_total", "Reads answered with an error.",
              {{"", &route_metrics::errors}});
    per_route(out, s, "herdgate_cache_wait_timeouts_total",
              "Reads that waited as long as their route lets them.",
              {{"", &route_metrics::wait_timeouts}});
    per_route(out, s, "herdgate_cache_stale_on_error_total",
              "Waiting reads that got a stale value because the load failed or took too long.",
              {{"", &route_metrics::stale_on_error}});
    single(out, "herdgate_waiters", "gauge", "Reads that wait for a flight now.",
           total(s, [](const worker_metrics& m) { return m.waiters.read(); }));
    single(out, "herdgate_flights", "gauge", "Flights now.",
           total(s, [](const worker_metrics& m) { return m.flights.read(); }));
}

void write_store(exposition& out, const scrape& s) {
    single(out, "herdgate_cache_entries", "gauge", "Records in the embedded store.",
           s.cache_records);
    single(out, "herdgate_cache_bytes", "gauge", "Bytes charged to the embedded store.",
           s.cache_bytes);
    single(out, "herdgate_cache_max_bytes", "gauge", "The embedded store's budget.",
           s.cache_bytes_max);
    out.family("herdgate_cache_evictions_total", "counter", "Records dropped, by reason.");
    out.sample("reason=\"memory\"", s.cache_evictions);
    out.sample("reason=\"expired\"", s.cache_expired);
}

void write_upstream(exposition& out, const scrape& s) {
    single(out, "herdgate_upstream_up", "gauge",
           "1 while every worker's link to the store works; 0 without an upstream, too.",
           s.upstream_up ? 1 : 0);
    summed(out, s, "herdgate_upstream_connects_total", "Times that a store's link came up.",
           {{"", &worker_metrics::upstream_connects}});
    summed(out, s, "herdgate_upstream_client_connections_opened_total",
           "Connections to Redis opened for one client each.",
           {{"", &worker_metrics::links_opened}});
    out.family("herdgate_upstream_client_connections", "gauge",
               "Connections to Redis for one client each, by state.");
    const auto now = [&](gauge worker_metrics::*what) {
        return total(s, [what](const worker_metrics& m) { return (m.*what).read(); });
    };
    out.sample("state=\"lent\"", now(&worker_metrics::links_lent));
    out.sample("state=\"spare\"", now(&worker_metrics::links_spare));
    summed(out, s, "herdgate_cache_changes_heard_total",
           "Entries that Redis said somebody else had changed.",
           {{"", &worker_metrics::upstream_changes}});
}

void write_load_durations(exposition& out, const scrape& s) {
    out.family("herdgate_load_duration_seconds", "histogram", "How long loads took at the origin.");
    for (std::size_t route = 0; route < s.routes.size(); ++route) {
        const std::string name = label("route", s.routes[route].name);
        std::uint64_t count = 0;
        for (std::size_t i = 0; i <= load_seconds.size(); ++i) {
            count +=
                total(s, route, [&](const route_metrics& m) { return m.load_duration.bucket(i); });
            char bound[32] = "+Inf";
            std::size_t size = 4;
            if (i < load_seconds.size())
                size = static_cast<std::size_t>(
                    std::to_chars(bound, bound + 32, load_seconds[i]).ptr - bound);
            out.sample(name + "," + label("le", {bound, size}), count, "_bucket");
        }
        const auto sum = total(
            s, route, [](const route_metrics& m) { return m.load_duration.sum_nanoseconds(); });
        out.sample(name, static_cast<double>(sum) / 1e9, "_sum");
        out.sample(name, count, "_count");
    }
}

std::int64_t places(const scrape& s, std::size_t route, gauge route_metrics::*figure) {
    return total(s, route, [&](const route_metrics& m) { return (m.*figure).read(); });
}

/// Loads of routes with limit.fleet, and their places in the fleet.
void write_places(exposition& out, const scrape& s) {
    out.family("herdgate_fleet_places_waiting", "gauge",
               "Loads of this process that wait for a place in the fleet.");
    for (std::size_t route = 0; route < s.routes.size(); ++route)
        out.sample(label("loader", s.routes[route].name),
                   places(s, route, &route_metrics::places_waiting));
    out.family("herdgate_fleet_places_held", "gauge",
               "Places in the fleet that loads of this process have.");
    for (std::size_t route = 0; route < s.routes.size(); ++route)
        out.sample(label("loader", s.routes[route].name),
                   places(s, route, &route_metrics::places_held));
    per_route(out, s, "herdgate_fleet_places_total",
              "Loads that asked for a place in the fleet, by what they got.",
              {{"result=\"entered\"", &route_metrics::places_entered},
               {"result=\"unlimited\"", &route_metrics::places_unlimited},
               {"result=\"timeout\"", &route_metrics::places_timed_out}});
}

void write_fleet(exposition& out, const scrape& s) {
    per_route(out, s, "herdgate_cache_invalidations_total",
              "Keys, or whole routes, that others have said to be out of date.",
              {{"source=\"channel\"", &route_metrics::invalidations}});
    summed(out, s, "herdgate_cache_invalidations_ignored_total",
           "Messages on the invalidation channel, or keys in them, that did nothing, by reason.",
           {{"reason=\"malformed\"", &worker_metrics::messages_malformed},
            {"reason=\"unrouted\"", &worker_metrics::messages_unrouted}});
    summed(out, s, "herdgate_refresh_jobs_total",
           "Jobs of the refresh stream, by what became of them.",
           {{"result=\"done\"", &worker_metrics::jobs_done},
            {"result=\"failed\"", &worker_metrics::jobs_failed},
            {"result=\"parked\"", &worker_metrics::jobs_parked},
            {"result=\"claimed\"", &worker_metrics::jobs_claimed}});
}

void write_policies(exposition& out, const scrape& s) {
    per_route(out, s, "herdgate_loads_uncacheable_total", "Loads whose answers may not be stored.",
              {{"", &route_metrics::loads_uncacheable}});
    per_route(out, s, "herdgate_breaker_refused_total",
              "Loads that did not start because the route's breaker was open.",
              {{"", &route_metrics::breaker_refused}});
    out.family("herdgate_breaker_open", "gauge", "1 while the route's breaker is open.");
    for (const auto& r : s.routes) out.sample(label("route", r.name), r.breaker_open ? 1 : 0);
    per_route(out, s, "herdgate_refreshes_early_total",
              "Loads started in the background before the end of a TTL.",
              {{"", &route_metrics::refreshes_early}});
    per_route(out, s, "herdgate_warm_keys_total", "Keys loaded at the start, or not, by result.",
              {{"result=\"loaded\"", &route_metrics::warmed},
               {"result=\"failed\"", &route_metrics::warm_failed}});
    per_route(out, s, "herdgate_dry_run_reads_total",
              "Reads of keys of a route with dry_run, by what it would have made of them.",
              {{"outcome=\"hit\"", &route_metrics::dry_hits},
               {"outcome=\"stale\"", &route_metrics::dry_stale},
               {"outcome=\"miss\"", &route_metrics::dry_misses},
               {"outcome=\"coalesced\"", &route_metrics::dry_coalesced}});
    per_route(out, s, "herdgate_dry_run_loads_total",
              "Loads that a route with dry_run would have started.",
              {{"", &route_metrics::dry_loads}});
    per_route(out, s, "herdgate_slides_total", "Reads that have extended a value's life.",
              {{"", &route_metrics::slides}});
}

void write_loads(exposition& out, const scrape& s) {
    per_route(out, s, "herdgate_loads_started_total", "Loads asked for.",
              {{"", &route_metrics::loads_started}});
    out.family("herdgate_loads_total", "counter", "Loads that have ended, by outcome.");
    for (std::size_t route = 0; route < s.routes.size(); ++route)
        for (std::size_t i = 0; i < load_outcome_count; ++i)
            out.sample(
                label("route", s.routes[route].name) + "," + label("outcome", outcome_names[i]),
                total(s, route, [&](const route_metrics& m) { return m.loads[i].read(); }));
    per_route(out, s, "herdgate_load_retries_total",
              "Requests to origins beyond the first of their loads.",
              {{"", &route_metrics::load_retries}});
    per_route(out, s, "herdgate_load_tags_dropped_total",
              "Tags of answers that were too many or too long.",
              {{"", &route_metrics::dropped_tags}});
    write_load_durations(out, s);
    per_route(out, s, "herdgate_load_batches_total", "Calls of the origin for several keys.",
              {{"", &route_metrics::batches}});
    per_route(out, s, "herdgate_load_batch_keys_total", "Loads that went with those calls.",
              {{"", &route_metrics::batch_keys}});
    out.family("herdgate_loads_in_flight", "gauge", "Loads at the origin now.");
    for (std::size_t route = 0; route < s.routes.size(); ++route) {
        const auto waiting = places(s, route, &route_metrics::places_waiting);
        const auto running = static_cast<std::int64_t>(s.routes[route].loads_running);
        out.sample(label("loader", s.routes[route].name), std::max(running - waiting, zero));
    }
    out.family("herdgate_loader_processes", "gauge",
               "Processes of a command that is kept running.");
    for (std::size_t route = 0; route < s.routes.size(); ++route)
        out.sample(label("loader", s.routes[route].name),
                   total(s, route, [](const route_metrics& m) { return m.processes.read(); }));
    out.family("herdgate_loader_process_restarts_total", "counter",
               "Processes started in place of one that ended.");
    for (std::size_t route = 0; route < s.routes.size(); ++route)
        out.sample(
            label("loader", s.routes[route].name),
            total(s, route, [](const route_metrics& m) { return m.process_restarts.read(); }));
    out.family("herdgate_load_queue_length", "gauge", "Loads that wait for their turn.");
    for (const auto& r : s.routes) out.sample(label("loader", r.name), r.loads_queued);
    write_places(out, s);
    per_route(out, s, "herdgate_refreshes_total", "Loads started in the background.",
              {{"", &route_metrics::refreshes}});
    per_route(out, s, "herdgate_flights_detached_total", "Flights made obsolete by a write.",
              {{"", &route_metrics::detached}});
    per_route(out, s, "herdgate_lock_attempts_total", "Leases asked for, by the answer.",
              {{"result=\"acquired\"", &route_metrics::leases_granted},
               {"result=\"held\"", &route_metrics::leases_held},
               {"result=\"error\"", &route_metrics::leases_unavailable}});
    per_route(out, s, "herdgate_lock_lost_total", "Leases lost while the load ran.",
              {{"", &route_metrics::leases_lost}});
    per_route(out, s, "herdgate_fills_total", "Results of loads, by what became of them.",
              {{"result=\"stored\"", &route_metrics::fills_stored},
               {"result=\"fenced\"", &route_metrics::fills_refused},
               {"result=\"unstored\"", &route_metrics::fills_unstored}});
}

void write_process(exposition& out, const scrape& s) {
    out.family("herdgate_build_info", "gauge", "The version that runs.");
    out.sample(label("version", s.version), 1);
    single(out, "process_cpu_seconds_total", "counter", "User and system CPU time.",
           s.process.cpu_seconds);
    single(out, "process_start_time_seconds", "gauge",
           "When the process started, since the Unix epoch.", s.process.start_time_seconds);
    single(out, "process_resident_memory_bytes", "gauge", "Resident memory.",
           s.process.resident_bytes);
    single(out, "process_virtual_memory_bytes", "gauge", "Virtual memory.",
           s.process.virtual_bytes);
    single(out, "process_open_fds", "gauge", "Open file descriptors.", s.process.open_descriptors);
    single(out, "process_max_fds", "gauge", "The limit of open file descriptors.",
           s.process.max_descriptors);
}

}  // namespace

std::string render_metrics(const scrape& s, metrics_format format) {
    exposition out{format};
    write_clients(out, s);
    write_lookups(out, s);
    write_store(out, s);
    write_upstream(out, s);
    write_loads(out, s);
    write_policies(out, s);
    write_fleet(out, s);
    write_process(out, s);
    return out.take();
}

std::string_view content_type(metrics_format format) noexcept {
    return format == metrics_format::openmetrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace herdgate
