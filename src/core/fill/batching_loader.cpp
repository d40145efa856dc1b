// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/batching_loader.hpp"

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/command/render.hpp"
#include "herdgate/core/config/config.hpp"
#include "herdgate/core/fill/batch_answer.hpp"

namespace herdgate {

struct batching_loader::batch {
    enum class state : std::uint8_t {
        gathering,
        queued,   ///< waits for its turn; takes more keys if there is room
        running,  ///< at the origin
    };
    load_id id;
    const route* r;
    state is = state::gathering;
    steady_time due{};  ///< the window's end, or that of the wait for its turn
    std::vector<load_id> loads{};
    std::vector<std::string> ids{};  ///< of those loads, in their order
    std::size_t url_bytes = 0;
};

batching_loader::batching_loader(const parts& p) : parts_(p) {}

batching_loader::~batching_loader() = default;

void batching_loader::start(load_id id, load_call call) {
    auto* part = std::get_if<batch_call>(&call);
    if (part == nullptr) return parts_.loads.start(id, std::move(call));
    const std::size_t share = batch_share(*part->r, part->id);
    batch& b = gathering(*part->r, share, part->asked);
    b.loads.push_back(id);
    b.ids.push_back(std::move(part->id));
    b.url_bytes += share;
    if (b.loads.size() < batch_of(*b.r)->max) return;
    close(b);
    if (b.is == batch::state::gathering) set_due(b, part->asked);
}

/// The route's batch that has room for one more key.
batching_loader::batch& batching_loader::gathering(const route& r, std::size_t share,
                                                   steady_time now) {
    if (open_.size() <= r.index) open_.resize(r.index + 1, 0);
    if (const load_id open = open_[r.index]; open != 0) {
        batch& b = batches_.at(open);
        if (b.url_bytes + share <= limits::batch_url_bytes) return b;
        close(b);
        if (b.is == batch::state::gathering) set_due(b, now);
    }
    const load_id id = ++last_id_;
    batch& made = batches_.emplace(id, batch{.id = id, .r = &r}).first->second;
    open_[r.index] = id;
    set_due(made, now + batch_of(r)->window);
    return made;
}

/// Takes no more keys.
void batching_loader::close(batch& b) {
    if (open_[b.r->index] == b.id) open_[b.r->index] = 0;
}

void batching_loader::set_due(batch& b, steady_time due) {
    due_.erase({b.due, b.id});
    b.due = due;
    due_.emplace(due, b.id);
}

std::optional<steady_time> batching_loader::next_deadline() const noexcept {
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
}

void batching_loader::on_deadline(const instant& now) {
    while (!due_.empty() && due_.begin()->first <= now.steady) {
        batch& b = batches_.at(due_.begin()->second);
        due_.erase(due_.begin());
        if (b.is == batch::state::gathering)
            ask_for_turn(b, now.steady);
        else
            give_up_turn(b);
    }
}

void batching_loader::ask_for_turn(batch& b, steady_time now) {
    switch (parts_.limiters[b.r->index]->admit({parts_.worker, b.id})) {
        case load_limiter::admission::start:
            return send(b);
        case load_limiter::admission::queued:
            b.is = batch::state::queued;
            return set_due(b, now + b.r->policy.limit.queue_timeout);
        case load_limiter::admission::full:
            return end(b,
                       {load_outcome::rejected, {}, "too many loads are waiting for their turn"});
    }
}

void batching_loader::give_up_turn(batch& b) {
    // Not in the queue any more: its turn is on its way.
    if (!parts_.limiters[b.r->index]->withdraw({parts_.worker, b.id})) return;
    end(b, {load_outcome::rejected, {}, "waited too long for its turn to load"});
}

void batching_loader::on_turn(load_id batch_id) {
    batch& b = batches_.at(batch_id);
    HERDGATE_ASSERT(b.is == batch::state::queued);
    send(b);
}

void batching_loader::send(batch& b) {
    close(b);
    due_.erase({b.due, b.id});
    b.is = batch::state::running;
    route_metrics& count = parts_.metrics.routes[b.r->index];
    count.batches.add();
    count.batch_keys.add(b.loads.size());
    parts_.loads.start(b.id, render_batch(*b.r, b.ids));
}

void batching_loader::on_loaded(load_id batch_id, load_result result) {
    batch& b = batches_.at(batch_id);
    HERDGATE_ASSERT(b.is == batch::state::running);
    if (const auto next = parts_.limiters[b.r->index]->finished()) parts_.host.pass_turn(*next);
    end(b, std::move(result));
}

/// Whoever hears of a part's end may start another load: the batch is gone by then.
void batching_loader::end(batch& b, load_result result) {
    close(b);
    const batch ended = std::move(b);
    batches_.erase(ended.id);
    std::vector<load_result> results =
        split_answer(*batch_of(*ended.r), ended.ids, std::move(result));
    for (std::size_t i = 0; i < results.size(); ++i)
        parts_.host.part_loaded(ended.loads[i], std::move(results[i]));
}

}  // namespace herdgate
