// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/fill_machine.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/cache/entry_notes.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

/// Where the store does not tell when a lease ends: how often to look.
constexpr milliseconds look_every{50};

/// Whatever the store says of somebody's lease: look after this time.
constexpr milliseconds look_at_last{60'000};

/// What an entry that needs no load means for those who wait.
std::optional<fill_outcome::kind> settled(freshness f) {
    switch (f) {
        case freshness::fresh:
            return fill_outcome::kind::value;
        case freshness::negative:
            return fill_outcome::kind::nil;
        case freshness::uncacheable:
            return fill_outcome::kind::alone;
        case freshness::stale_revalidate:
        case freshness::stale_if_error:
        case freshness::absent:
            break;
    }
    return std::nullopt;
}

bool is_good(load_outcome outcome) {
    return outcome == load_outcome::ok || outcome == load_outcome::unchanged;
}

}  // namespace

fill_action fill_machine::start_with_read() noexcept {
    HERDGATE_ASSERT(state_ == state::idle);
    return look();
}

fill_action fill_machine::start_with_acquire() noexcept {
    HERDGATE_ASSERT(state_ == state::idle);
    return take();
}

fill_action fill_machine::start_alone() noexcept {
    HERDGATE_ASSERT(state_ == state::idle);
    return load_alone();
}

fill_action fill_machine::look() noexcept {
    woken_ = false;
    state_ = state::reading;
    return fill_action::read;
}

fill_action fill_machine::take() noexcept {
    woken_ = false;
    state_ = state::acquiring;
    return fill_action::acquire;
}

/// Without a lease: the result serves those who wait, and is stored nowhere.
fill_action fill_machine::load_alone() noexcept {
    leased_ = false;
    state_ = state::loading;
    return fill_action::load;
}

fill_action fill_machine::finish(fill_outcome::kind what, entry found) noexcept {
    outcome_.what = what;
    outcome_.found = std::move(found);
    state_ = state::finished;
    return fill_action::finish;
}

fill_action fill_machine::on_read(read_answer answer, redis_time now) {
    HERDGATE_ASSERT(state_ == state::reading);
    if (answer.status == store_status::foreign) return load_alone();
    if (const auto what = settled(judge(answer.e, now))) return finish(*what, std::move(answer.e));
    if (now < answer.e.meta.retry_at)
        return finish(fill_outcome::kind::backoff, std::move(answer.e));
    found_ = std::move(answer.e);
    return answer.status == store_status::away ? load_alone() : take();
}

fill_action fill_machine::on_acquired(acquire_answer answer) {
    HERDGATE_ASSERT(state_ == state::acquiring);
    switch (answer.status) {
        case acquire_status::granted:
            // Changed since this was asked for: the answer may be from before.
            overtaken_ = woken_;
            found_ = woken_ ? entry{} : std::move(answer.e);
            leased_ = true;
            state_ = state::loading;
            return fill_action::load;
        case acquire_status::held:
            found_ = woken_ ? entry{} : std::move(answer.e);
            if (!std::exchange(watched_, true)) {
                state_ = state::watching;
                return fill_action::watch;
            }
            if (woken_) return look();
            retry_in_ = std::clamp(answer.held_for, milliseconds{1}, look_at_last);
            if (!told_) retry_in_ = std::min(retry_in_, look_every);
            state_ = state::waiting;
            return fill_action::wait;
        case acquire_status::fresh: {
            if (woken_) return look();
            auto what = fill_outcome::kind::value;
            if (answer.e.negative) what = fill_outcome::kind::nil;
            if (answer.e.uncacheable) what = fill_outcome::kind::alone;
            return finish(what, std::move(answer.e));
        }
        case acquire_status::backoff:
            return finish(fill_outcome::kind::backoff, std::move(answer.e));
        case acquire_status::foreign:
        case acquire_status::away:
            break;
    }
    return load_alone();
}

fill_action fill_machine::on_watching(bool will_be_told) noexcept {
    HERDGATE_ASSERT(state_ == state::watching);
    told_ = will_be_told;
    return take();
}

fill_action fill_machine::look_again() noexcept {
    HERDGATE_ASSERT(state_ == state::loading);
    leased_ = false;
    return look();
}

bool fill_machine::on_wake() noexcept {
    if (state_ != state::waiting) {
        woken_ = true;
        return false;
    }
    look();
    return true;
}

fill_action fill_machine::on_wait_over() noexcept {
    HERDGATE_ASSERT(state_ == state::waiting);
    return take();
}

fill_action fill_machine::on_loaded(load_result result, redis_time now, milliseconds load_time,
                                    double chance) {
    HERDGATE_ASSERT(state_ == state::loading);
    state_ = state::storing;
    loaded_ = true;
    fill_action next = fill_action::fill;
    if (result.outcome == load_outcome::unchanged) {
        result.value = found_.value;
        if (!result.value)
            result = {load_outcome::error, {}, "unchanged, it says, but nothing is stored"};
    }
    if (is_good(result.outcome)) {
        HERDGATE_ASSERT(static_cast<bool>(result.value));
        take_value(std::move(result), now, load_time, chance);
    } else if (result.outcome == load_outcome::absent) {
        outcome_.what = fill_outcome::kind::nil;
        outcome_.found = {};
        outcome_.found.negative = true;
        outcome_.found.meta = negative_meta(*policy_, now, load_time, chance);
    } else {
        next = fill_action::fail;
        take_failure(std::move(result), now, chance);
    }
    if (leased_) return next;
    outcome_.shared = false;
    state_ = state::finished;
    return fill_action::finish;
}

void fill_machine::take_value(load_result result, redis_time now, milliseconds load_time,
                              double chance) {
    entry& e = outcome_.found = {};
    if (!result.terms.storable) {
        outcome_.what = fill_outcome::kind::alone;
        outcome_.passing = std::move(result.value);
        e.uncacheable = true;
        e.meta = uncacheable_meta(now, load_time);
        return;
    }
    outcome_.what = fill_outcome::kind::value;
    e.value = std::move(result.value);
    e.meta = loaded_meta(*policy_, result.terms, now, load_time, chance);
    if (const std::string notes = notes_of(result.terms); !notes.empty())
        e.notes = shared_bytes{notes};
}

void fill_machine::take_failure(load_result result, redis_time now, double chance) {
    outcome_.what = fill_outcome::kind::failed;
    outcome_.found = found_;
    // A cold key whose load never had its turn has not failed: the next reader may try again.
    // With a value to serve meanwhile it had better wait.
    if (result.outcome != load_outcome::rejected || found_.value)
        outcome_.found.meta = failed_meta(*policy_, found_.meta, now, chance,
                                          result.retry_after.value_or(milliseconds{0}));
    outcome_.found.reason = std::move(result.reason);
}

fill_action fill_machine::on_stored(fill_answer answer, redis_time now) {
    HERDGATE_ASSERT(state_ == state::storing);
    // A failure leaves what the store has, and that is not known here if it changed on the way.
    const bool known = outcome_.what != fill_outcome::kind::failed || !overtaken_;
    outcome_.shared = answer.status == fill_status::stored && known;
    if (answer.status != fill_status::refused) {
        state_ = state::finished;
        return fill_action::finish;
    }
    const freshness f = judge(answer.e, now);
    if (f == freshness::fresh) {
        outcome_.shared = true;
        return finish(fill_outcome::kind::value, std::move(answer.e));
    }
    state_ = state::finished;
    return fill_action::finish;
}

}  // namespace herdgate
