// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/fill/fill_machine.hpp"

#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {

fill_action fill_machine::start() noexcept {
    HERDGATE_ASSERT(state_ == state::idle);
    state_ = state::acquiring;
    return fill_action::acquire;
}

fill_action fill_machine::on_acquired(acquire_answer answer) {
    HERDGATE_ASSERT(state_ == state::acquiring);
    switch (answer.status) {
        case acquire_status::granted:
            found_ = std::move(answer.e);
            state_ = state::loading;
            return fill_action::load;
        case acquire_status::held:
            found_ = std::move(answer.e);
            retry_in_ = answer.held_for;
            state_ = state::waiting;
            return fill_action::look_again;
        case acquire_status::fresh:
            outcome_.what = answer.e.negative ? fill_outcome::kind::nil : fill_outcome::kind::value;
            break;
        case acquire_status::backoff:
            outcome_.what = fill_outcome::kind::backoff;
            break;
    }
    outcome_.found = std::move(answer.e);
    state_ = state::finished;
    return fill_action::finish;
}

fill_action fill_machine::on_look_again() noexcept {
    HERDGATE_ASSERT(state_ == state::waiting);
    state_ = state::acquiring;
    return fill_action::acquire;
}

fill_action fill_machine::on_loaded(load_result result, redis_time now, milliseconds load_time,
                                    double chance) {
    HERDGATE_ASSERT(state_ == state::loading);
    state_ = state::storing;
    if (result.outcome == load_outcome::ok) {
        HERDGATE_ASSERT(static_cast<bool>(result.value));
        outcome_.what = fill_outcome::kind::value;
        outcome_.found = {std::move(result.value),
                          false,
                          filled_meta(*policy_, now, policy_->ttl, load_time),
                          {}};
        return fill_action::fill;
    }
    if (result.outcome == load_outcome::absent) {
        outcome_.what = fill_outcome::kind::nil;
        outcome_.found = {{}, true, negative_meta(*policy_, now, load_time), {}};
        return fill_action::fill;
    }
    outcome_.what = fill_outcome::kind::failed;
    outcome_.found = found_;
    // A cold key whose load never had its turn has not failed: the next reader may try again. With
    // a value to serve meanwhile it had better wait.
    if (result.outcome != load_outcome::rejected || found_.value)
        outcome_.found.meta = failed_meta(*policy_, found_.meta, now, chance);
    outcome_.found.reason = std::move(result.reason);
    return fill_action::fail;
}

fill_action fill_machine::on_stored() noexcept {
    HERDGATE_ASSERT(state_ == state::storing);
    state_ = state::finished;
    return fill_action::finish;
}

}  // namespace herdgate
