// SPDX-License-Identifier: Apache-2.0
#include "shared_store.hpp"

#include <unistd.h>

#include <utility>

#include "herdgate/core/base/limits.hpp"
#include "log.hpp"

namespace herdgate {
namespace {

const upstream_config& upstream_of(const process_state& process) {
    return *process.configuration.upstream;
}

std::string host_name() {
    char name[65] = {};
    if (::gethostname(name, sizeof(name) - 1) != 0) return "unknown";
    return name;
}

redis_store_settings store_settings(const process_state& process, std::uint32_t worker) {
    const config& c = process.configuration;
    redis_store_settings s;
    s.prefix = c.store.prefix;
    s.owner = host_name() + ":" + std::to_string(process.process_id);
    s.timeout = c.upstream->timeouts.store;
    s.tracking = c.near_cache.tracking;
    s.database = c.upstream->database;
    if (worker == 0) s.channel = c.fleet.invalidation_channel;
    return s;
}

enum class kind { store, subscriber, relay, relay_resp3 };

link_settings link_settings_of(const process_state& process, kind k) {
    link_settings s = settings_of(upstream_of(process));
    s.subscriber = k == kind::subscriber;
    s.resp3 = k == kind::relay_resp3;
    // Clients hear from Redis itself that it is loading, or busy.
    s.ping = k == kind::store || k == kind::subscriber;
    if (!s.ping) s.replies.nesting = limits::passed_nesting;
    return s;
}

}  // namespace

shared_store::shared_store(const parts& p)
    : parts_(p),
      store_(store_settings(p.process, p.worker), *this, p.core.flights_sink(),
             p.core.edits_sink()),
      relay_(upstream_of(p.process).timeouts.command, upstream_of(p.process).database),
      clients_({p.io, upstream_of(p.process), p.time, *p.process.metrics[p.worker], p.seed + 5,
                p.after_event}),
      data_(p.io, upstream_of(p.process), link_settings_of(p.process, kind::store),
            store_.data_user(), p.time, p.seed, p.after_event),
      unasked_(p.io, upstream_of(p.process), link_settings_of(p.process, kind::subscriber),
               store_.unasked_user(), p.time, p.seed + 1, p.after_event),
      relay_resp2_(p.io, upstream_of(p.process), link_settings_of(p.process, kind::relay),
                   relay_.user(resp::protocol::resp2), p.time, p.seed + 2, p.after_event),
      relay_resp3_(p.io, upstream_of(p.process), link_settings_of(p.process, kind::relay_resp3),
                   relay_.user(resp::protocol::resp3), p.time, p.seed + 3, p.after_event) {
    store_.use(data_.core(), unasked_.core());
    relay_.use(resp::protocol::resp2, relay_resp2_.core(), [this] { relay_resp2_.start(); });
    relay_.use(resp::protocol::resp3, relay_resp3_.core(), [this] { relay_resp3_.start(); });
    p.core.use(store_, store_, relay_, &clients_);
    const auto& fleet = p.process.configuration.fleet;
    if (p.worker != 0 || fleet.refresh_stream.empty() || fleet.as == config::role::proxy) return;
    const std::string consumer = store_settings(p.process, 0).owner + ":0";
    refreshes_.emplace(refresh_stream::parts{p.io, p.process, p.time, p.core, consumer,
                                             link_settings_of(p.process, kind::store), p.seed + 4,
                                             p.after_event});
}

shared_store::~shared_store() = default;

void shared_store::start(std::function<void()> settled) {
    settled_ = std::move(settled);
    if (!needed()) {
        parts_.core.set_away(false);
        return settle();
    }
    data_.start();
    unasked_.start();
    if (refreshes_) refreshes_->start();
}

/// Without routes there are no entries: Redis sees the clients' connections only.
bool shared_store::needed() const noexcept {
    return !parts_.process.configuration.routes.empty();
}

void shared_store::flush() {
    clients_.flush();
    data_.flush();
    unasked_.flush();
    relay_resp2_.flush();
    relay_resp3_.flush();
    if (refreshes_) refreshes_->flush();
}

void shared_store::stop() {
    data_.stop();
    unasked_.stop();
    relay_resp2_.stop();
    relay_resp3_.stop();
    clients_.stop();
    if (refreshes_) refreshes_->stop();
}

void shared_store::tick(const instant& now) {
    if (needed()) store_.tick(now);
    if (refreshes_) refreshes_->tick(now);
}

void shared_store::stop_jobs() {
    if (refreshes_) refreshes_->stop_reading();
}

void shared_store::on_store_away(bool away, std::string_view reason, const instant&) {
    parts_.core.set_away(away);
    if (parts_.worker == 0 && away && !std::exchange(told_away_, true))
        log().warn("upstream Redis is not reachable: {}", reason);
    if (parts_.worker == 0 && !away && std::exchange(told_away_, false))
        log().info("upstream Redis is back");
    if (away) settle();
}

/// Ready for clients, or as ready as can be.
void shared_store::settle() {
    if (settled_) std::exchange(settled_, nullptr)();
}

void shared_store::on_trouble(std::string_view text) {
    if (parts_.worker == 0) log().warn("upstream Redis: {}", text);
    settle();
}

void shared_store::on_coherent(bool coherent, const instant&) {
    parts_.core.set_coherent(coherent);
    if (coherent) settle();
}

void shared_store::on_entry_changed(std::string_view key, const instant& now) {
    parts_.core.entry_changed(key, now);
}

void shared_store::on_all_changed(const instant& now) {
    parts_.core.all_changed(now);
}

void shared_store::on_published(std::string_view text, const instant& now) {
    const std::string_view why = parts_.core.on_published(text, now);
    if (why.empty()) return;
    if (const auto more = ignored_.admit(now.steady))
        log().warn("message on the invalidation channel ignored: {} ({} more)", why, *more);
}

void shared_store::on_following(bool told, const instant& now) {
    if (told)
        parts_.core.set_following(now);
    else
        log().warn("upstream Redis refuses the invalidation channel");
}

route_floor shared_store::floor_of(std::string_view key, std::string_view notes) {
    return parts_.core.floor_of(key, notes);
}

void shared_store::on_floor(std::string_view route, const route_floor& floor, const instant& now) {
    parts_.core.on_floor(route, floor, now);
}

void shared_store::on_refresh_due(entry_key key, const instant& now) {
    parts_.core.refresh_due(key, now);
}

void shared_store::on_clock(nanoseconds offset) {
    if (parts_.worker == 0) parts_.time.set_offset(offset);
}

}  // namespace herdgate
