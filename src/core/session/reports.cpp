// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/reports.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <variant>

#include "herdgate/core/base/version.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/resp/decimal.hpp"

namespace herdgate {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t shown_key_max = 256;

std::string text_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string_view loader_of(const route& r) {
    if (std::holds_alternative<client_load>(r.load)) return "client";
    return std::holds_alternative<http_load>(r.load) ? "http" : "command";
}

json policy_of(const route_policy& p) {
    return {{"ttl_ms", p.ttl.count()},
            {"stale_while_revalidate_ms", p.stale.while_revalidate.count()},
            {"stale_if_error_ms", p.stale.if_error.count()},
            {"negative_ttl_ms", p.negative.ttl.count()},
            {"wait_timeout_ms", p.wait.timeout.count()},
            {"concurrency", p.limit.concurrency},
            {"queue", p.limit.queue}};
}

struct named_counter {
    std::string_view name;
    counter route_metrics::*figure;
};

constexpr std::array<named_counter, 11> counters{{
    {"lookups", &route_metrics::lookups},
    {"hits_fresh", &route_metrics::hits_fresh},
    {"hits_stale", &route_metrics::hits_stale},
    {"negative_hits", &route_metrics::negative_hits},
    {"misses", &route_metrics::misses},
    {"coalesced", &route_metrics::coalesced},
    {"backoff", &route_metrics::backoff},
    {"refused", &route_metrics::refused},
    {"errors", &route_metrics::errors},
    {"refreshes", &route_metrics::refreshes},
    {"loads_started", &route_metrics::loads_started},
}};

json counters_of(const process_state& process, const route& r) {
    json all = json::object();
    for (const named_counter& one : counters) {
        std::uint64_t sum = 0;
        for (const auto& m : process.metrics) sum += (m->routes[r.index].*one.figure).read();
        all[std::string{one.name}] = sum;
    }
    all["loads_running"] = process.limiters[r.index]->running();
    all["loads_queued"] = process.limiters[r.index]->queued();
    return all;
}

void write(std::string& out, const json& value, resp::protocol p) {
    if (value.is_object()) {
        resp::write_map(out, value.size(), p);
        for (const auto& [name, inner] : value.items()) {
            resp::write_bulk(out, name);
            write(out, inner, p);
        }
    } else if (value.is_array()) {
        resp::write_array(out, value.size());
        for (const json& inner : value) write(out, inner, p);
    } else if (value.is_boolean()) {
        resp::write_boolean(out, value.get<bool>(), p);
    } else if (value.is_number_integer()) {
        resp::write_integer(out, value.get<std::int64_t>());
    } else if (value.is_string()) {
        resp::write_bulk(out, value.get_ref<const std::string&>());
    } else if (value.is_null()) {
        resp::write_null(out, p);
    } else {
        resp::write_bulk(out, value.dump());
    }
}

}  // namespace

std::string shown_key(std::string_view key) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : key.substr(0, shown_key_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\\') {
            text += "\\\\";
        } else if (byte >= 0x20 && byte < 0x7f) {
            text += c;
        } else {
            text += "\\x";
            text += digits[byte >> 4U];
            text += digits[byte & 15U];
        }
    }
    return key.size() > shown_key_max ? text + "..." : text;
}

scrape scrape_of(const process_state& process) {
    scrape s;
    s.version = version;
    for (const auto& m : process.metrics) s.workers.push_back(m.get());
    for (const route& r : process.configuration.routes) {
        const load_limiter& limiter = *process.limiters[r.index];
        s.routes.push_back(
            {r.name, limiter.running(), limiter.queued(), process.breakers[r.index]->open()});
    }
    const store_totals totals = process.entries->totals();
    s.cache_records = totals.records;
    s.cache_bytes = totals.bytes;
    s.cache_bytes_max = process.entries->max_bytes();
    s.cache_evictions = totals.evictions;
    s.cache_expired = totals.expired;
    s.upstream_up = process.shared_store;
    for (const auto& link : process.links) s.upstream_up = s.upstream_up && !link->away;
    return s;
}

std::string routes_report(const process_state& process) {
    json all = json::array();
    for (const route& r : process.configuration.routes)
        all.push_back({{"name", r.name},
                       {"match", r.match.source()},
                       {"loader", loader_of(r)},
                       {"policy", policy_of(r.policy)},
                       {"counters", counters_of(process, r)}});
    return text_of(all);
}

std::string flights_report(std::span<const flight_view> flights) {
    json all = json::array();
    for (const flight_view& f : flights) {
        json one = {{"route", f.route}, {"database", f.database}, {"key", shown_key(f.key)},
                    {"state", f.state}, {"waiters", f.waiters},   {"attached", f.attached}};
        const auto runs_for = f.load_runs_for.count();
        one["load_age_ms"] = runs_for < 0 ? json{} : json(runs_for);
        all.push_back(std::move(one));
    }
    return text_of(all);
}

std::string joined_reports(std::span<const std::string_view> parts, std::size_t most) {
    json all = json::array();
    for (const std::string_view part : parts) {
        const json one = json::parse(part, nullptr, false);
        if (!one.is_array()) continue;
        for (const json& element : one)
            if (all.size() < most) all.push_back(element);
    }
    return text_of(all);
}

std::string stats_report(const process_state& process) {
    const std::string page = render_metrics(scrape_of(process), metrics_format::prometheus);
    json all = json::object();
    for (std::string_view left = page; !left.empty();) {
        const std::string_view line = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(line.size() + 1, left.size()));
        const auto blank = line.rfind(' ');
        if (blank == std::string_view::npos || line.starts_with('#') ||
            line.starts_with("process_") || line.find("_bucket{") != std::string_view::npos)
            continue;
        const std::string_view value = line.substr(blank + 1);
        const auto number = resp::parse_decimal(value);
        all[std::string{line.substr(0, blank)}] = number ? json(*number) : json(value);
    }
    return text_of(all);
}

void write_report(std::string& out, std::string_view json_text, resp::protocol p) {
    write(out, json::parse(json_text, nullptr, false), p);
}

}  // namespace herdgate
