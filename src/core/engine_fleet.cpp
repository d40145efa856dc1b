// SPDX-License-Identifier: Apache-2.0
//
// engine, continued: what others tell the whole fleet. One worker of each process listens, and
// takes each key to the worker that owns it.
#include <algorithm>

#include "herdgate/core/cache/entry_notes.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/command/render.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/fleet/invalidation_message.hpp"
#include "herdgate/core/resp/decimal.hpp"

namespace herdgate {
namespace {

/// What the floors of tags are called in the store, before their number.
const std::string tag_floor = "tag:";

/// Of its own, or because its origin's answers may name some.
bool may_have_tags(const route& r) {
    return !r.tags.empty() || std::holds_alternative<http_load>(r.load);
}

}  // namespace

std::string_view engine::on_published(std::string_view text, const instant& now) {
    now_ = now;
    auto parsed = parse_invalidation(text);
    if (!parsed) {
        metrics_.messages_malformed.add();
        return herdgate::describe(parsed.error());
    }
    if (!parsed->route.empty()) return invalidate_named(parsed->route, parsed->mode);
    if (!parsed->tag.empty()) {
        invalidate_tag(parsed->tag, parsed->mode, now);
        return {};
    }
    std::size_t unrouted = 0;
    const std::uint16_t database = parsed->database.value_or(configuration().upstream->database);
    for (std::string& key : parsed->keys) {
        const route* r = process_.routes.find(key);
        if (r == nullptr) {
            ++unrouted;
            continue;
        }
        metrics_.routes[r->index].invalidations.add();
        const std::uint32_t owner = owner_of(*r, {database, key});
        message::invalidate m{database, std::move(key), parsed->mode.value_or(r->policy.invalidate),
                              heard_since_};
        if (owner == worker_)
            on_invalidate(m);
        else
            host_.post(owner, std::move(m));
    }
    metrics_.messages_unrouted.add(unrouted);
    return unrouted > 0 ? "it names a key that no route claims" : std::string_view{};
}

std::string_view engine::invalidate_named(std::string_view name,
                                          std::optional<route_policy::invalidation> mode) {
    for (const route& r : configuration().routes) {
        if (r.name != name) continue;
        metrics_.routes[r.index].invalidations.add();
        editor_->invalidate_route(
            name, invalidation_of(mode.value_or(r.policy.invalidate), heard_since_), now_);
        return {};
    }
    metrics_.messages_unrouted.add();
    return "it names a route that is not configured";
}

invalidation engine::invalidation_of(route_policy::invalidation mode,
                                     steady_time heard_since) const {
    invalidation how;
    how.hard = mode == route_policy::invalidation::erase;
    how.then_refresh = mode == route_policy::invalidation::refresh;
    how.heard_since =
        now_.store - std::chrono::duration_cast<milliseconds>(now_.steady - heard_since);
    return how;
}

/// The tag's floor rises, as a route's does: entries that have it are looked at, none is touched.
void engine::invalidate_tag(std::string_view tag, std::optional<route_policy::invalidation> mode,
                            const instant& now) {
    now_ = now;
    for (const route& r : configuration().routes)
        if (may_have_tags(r)) metrics_.routes[r.index].invalidations.add();
    const auto how =
        invalidation_of(mode.value_or(route_policy::invalidation::erase), heard_since_);
    const std::string name = tag_floor + std::to_string(slot_of_tag(tag));
    raise_floor(name, {how.hard ? now_.store : redis_time{}, now_.store});
    if (process_.shared_store) editor_->invalidate_route(name, how, now_);
}

void engine::on_floor(std::string_view route, const route_floor& floor, const instant& now) {
    now_ = now;
    raise_floor(route, floor);
}

/// `route`: a route's name, or "tag:" and a slot.
void engine::raise_floor(std::string_view route, const route_floor& floor) {
    if (route.starts_with(tag_floor)) {
        const auto slot = resp::parse_decimal(route.substr(tag_floor.size()));
        if (slot && *slot >= 0 && *slot < static_cast<std::int64_t>(tag_slots))
            process_.floors.raise_slot(static_cast<std::size_t>(*slot), floor);
        return;
    }
    for (const auto& r : configuration().routes)
        if (r.name == route) process_.floors.raise_route(r.index, floor);
}

route_floor engine::floor_of(std::string_view key, std::string_view notes) const {
    const route* r = process_.floors.any() ? process_.routes.find(key) : nullptr;
    return r == nullptr ? route_floor{} : floor_of(*r, key, notes);
}

route_floor engine::floor_of(const route& r, std::string_view key, std::string_view notes) const {
    route_floor floor = process_.floors.of_route(r.index);
    const auto raise = [&](std::string_view tag) {
        const route_floor other = process_.floors.of_tag(tag);
        floor = {std::max(floor.gone, other.gone), std::max(floor.stale, other.stale)};
    };
    for_each_tag(notes, raise);
    captures found;
    if (!r.tags.empty() && r.match.match(key, found))
        for (const text_template& tag : r.tags) raise(render_text(tag, found));
    return floor;
}

/// The store first: whatever is looked up from now on is asked after that.
void engine::on_invalidate(const message::invalidate& m) {
    const entry_key key{m.database, m.key};
    const invalidation how = invalidation_of(m.mode, m.heard_since);
    editor_->invalidate(key, how, now_);
    process_.entries->forget(key);
    flights_.changed(key, now_);
}

void engine::refresh_due(entry_key key, const instant& now) {
    now_ = now;
    const route* r = process_.routes.find(key.key);
    if (r != nullptr) flights_.refresh(key, *r, std::nullopt, now);
}

bool engine::refresh(entry_key key, waiter who, const instant& now) {
    now_ = now;
    const route* r = process_.routes.find(key.key);
    if (r == nullptr) return false;
    who.worker = worker_;
    const std::uint32_t owner = owner_of(*r, key);
    message::refresh m{r, key.database, std::string{key.key}, std::move(who)};
    if (owner == worker_)
        on_refresh(std::move(m));
    else
        host_.post(owner, std::move(m));
    return true;
}

/// What is stored counts for nothing, nor does a load that has begun already.
void engine::on_refresh(message::refresh m) {
    const entry_key key{m.database, m.key};
    if (process_.shared_store) {
        databases_.set(key.database);  // changes are heard of before the first answer comes
        invalidation how;
        how.hard = false;
        editor_->invalidate(key, how, now_);
        process_.entries->forget(key);
    } else {
        outdate(key);
    }
    flights_.detach(key);
    flights_.refresh(key, *m.r, std::nullopt, now_, std::move(m.who));
}

}  // namespace herdgate
