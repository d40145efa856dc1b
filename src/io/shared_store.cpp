// SPDX-License-Identifier: Apache-2.0
#include "shared_store.hpp"

#include <unistd.h>

#include <utility>

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

redis_store_settings store_settings(const process_state& process) {
    const config& c = process.configuration;
    redis_store_settings s;
    s.prefix = c.store.prefix;
    s.owner = host_name() + ":" + std::to_string(process.process_id);
    s.timeout = c.upstream->timeouts.store;
    s.tracking = c.near_cache.tracking;
    s.database = c.upstream->database;
    return s;
}

enum class kind { plain, subscriber, resp3 };

link_settings link_settings_of(const process_state& process, kind k) {
    link_settings s = settings_of(upstream_of(process));
    s.subscriber = k == kind::subscriber;
    s.resp3 = k == kind::resp3;
    return s;
}

}  // namespace

shared_store::shared_store(const parts& p)
    : parts_(p),
      store_(store_settings(p.process), *this, p.core.flights_sink(), p.core.edits_sink()),
      relay_(upstream_of(p.process).timeouts.command, upstream_of(p.process).database),
      data_(p.io, upstream_of(p.process), link_settings_of(p.process, kind::plain),
            store_.data_user(), p.time, p.seed, p.after_event),
      unasked_(p.io, upstream_of(p.process), link_settings_of(p.process, kind::subscriber),
               store_.unasked_user(), p.time, p.seed + 1, p.after_event),
      relay_resp2_(p.io, upstream_of(p.process), link_settings_of(p.process, kind::plain),
                   relay_.user(resp::protocol::resp2), p.time, p.seed + 2, p.after_event),
      relay_resp3_(p.io, upstream_of(p.process), link_settings_of(p.process, kind::resp3),
                   relay_.user(resp::protocol::resp3), p.time, p.seed + 3, p.after_event) {
    store_.use(data_.core(), unasked_.core());
    relay_.use(resp::protocol::resp2, relay_resp2_.core(), [this] { relay_resp2_.start(); });
    relay_.use(resp::protocol::resp3, relay_resp3_.core(), [this] { relay_resp3_.start(); });
    p.core.use(store_, store_, relay_);
}

shared_store::~shared_store() = default;

void shared_store::start(std::function<void()> settled) {
    settled_ = std::move(settled);
    data_.start();
    unasked_.start();
}

void shared_store::flush() {
    data_.flush();
    unasked_.flush();
    relay_resp2_.flush();
    relay_resp3_.flush();
}

void shared_store::stop() {
    data_.stop();
    unasked_.stop();
    relay_resp2_.stop();
    relay_resp3_.stop();
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

void shared_store::on_clock(nanoseconds offset) {
    if (parts_.worker == 0) parts_.time.set_offset(offset);
}

}  // namespace herdgate
