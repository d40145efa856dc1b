// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/session.hpp"

#include <utility>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/base/limits.hpp"
#include "herdgate/core/command/command_table.hpp"
#include "herdgate/core/engine.hpp"
#include "herdgate/core/session/passed_replies.hpp"
#include "herdgate/core/session/pending_reads.hpp"
#include "herdgate/core/session/pinned_client.hpp"

namespace herdgate {

session::session(engine& owner, client_link& link, client_identity who, const instant& now)
    : engine_(owner),
      link_(link),
      who_(std::move(who)),
      opened_(now.steady),
      last_active_(now.steady) {
    owner.greet(*this);
    if (who_.id != 0) owner.join(*this);
}

session::~session() {
    for (pending_reads* p = waiting_; p != nullptr; p = p->next_) p->forget();
    if (passed_ != nullptr) passed_->forget();
    own_.reset();
    engine_.forget(*this);
}

std::size_t session::consume(std::string_view bytes, const instant& now) {
    std::size_t done = 0;
    last_active_ = now.steady;
    const bool begun = parser_.in_request();
    postponed_ = false;
    while (!closing_ && wants_input() && done < bytes.size()) {
        const resp::parse_status status = parser_.parse(bytes.substr(done));
        if (status == resp::parse_status::need_more) break;
        if (status == resp::parse_status::error) {
            fail();
            break;
        }
        if (status == resp::parse_status::complete) run(now);
        if (postponed_) break;
        done += parser_.consumed();
    }
    // Once more, with nothing: the parser lets go of the memory of a large command.
    if (!closing_ && done > 0 && done == bytes.size()) parser_.parse({});
    if (parser_.in_request() && (!begun || done > 0)) request_started_ = now.steady;
    return closing_ ? bytes.size() : done;
}

/// What is no request ends the session, behind all that Redis has to say.
void session::fail() {
    closing_ = true;
    engine_.count_protocol_error();
    if (own_ != nullptr && !own_->gone()) return own_->refuse(parser_.error());
    resp::write_error(replies_.sink(), parser_.error());
}

/// Runs the command that the parser has found.
void session::run(const instant& now) {
    const bool skipped = std::exchange(state_.skip_next, false);
    replies_.mute(skipped || state_.muted);
    last_command_ = engine_.execute(*this, parser_.args(), now);
    replies_.mute(state_.muted);
    if (postponed_) state_.skip_next = skipped;
}

bool session::wants_input() const noexcept {
    if (held_ || (postponed_ && replies_.waiting() > 0)) return false;
    if (own_ != nullptr && own_->queued() >= limits::output_watermark) return false;
    const std::size_t watermark =
        state_.authenticated ? limits::output_watermark : limits::preauth_watermark;
    return replies_.waiting() < limits::pending_replies && unread() < watermark;
}

std::size_t session::unread() const noexcept {
    return replies_.ready().size() + replies_.held_bytes() + unsent_;
}

bool session::over_output_limit() const noexcept {
    return unread() > engine_.output_limit();
}

void session::set_own(std::unique_ptr<pinned_client> own) noexcept {
    own_ = std::move(own);
}

bool session::blocked() const noexcept {
    return own_ != nullptr && own_->blocked();
}

void session::sent() {
    if (own_ == nullptr) return;
    own_->pause(unread() >= limits::output_watermark);
    if (!own_->gone() && own_->returnable() && !engine_.dedicated()) own_.reset();
}

void session::set_authenticated(bool yes) {
    state_.authenticated = yes;
    resp::request_limits allowed;
    allowed.request_bytes = engine_.request_limit();
    allowed.bulk_bytes = std::min(limits::bulk_bytes, engine_.request_limit());
    allowed.authenticated = yes;
    if (!yes) {
        allowed.arguments = limits::preauth_arguments;
        allowed.bulk_bytes = limits::preauth_bulk_bytes;
    }
    parser_.set_limits(allowed);
}

std::string session::describe(steady_time now) const {
    const auto seconds_since = [now](steady_time then) {
        return std::to_string(std::chrono::duration_cast<seconds>(now - then).count());
    };
    std::string line = "id=" + std::to_string(who_.id);
    line += " addr=" + who_.address + " laddr=" + who_.local_address;
    line += " fd=" + std::to_string(who_.descriptor) + " name=" + state_.name;
    line += " age=" + seconds_since(opened_) + " idle=" + seconds_since(last_active_);
    line += state_.no_evict ? " flags=e" : " flags=N";
    line += " db=" + std::to_string(state_.database);
    line += " sub=0 psub=0 ssub=0 multi=-1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0";
    line += " obl=" + std::to_string(replies_.ready().size());
    line += " oll=" + std::to_string(replies_.waiting());
    line += " omem=" + std::to_string(replies_.held_bytes());
    line += " tot-mem=" + std::to_string(replies_.ready().size() + replies_.held_bytes());
    line += " events=r cmd=";
    line += last_command_ == nullptr ? std::string_view{"NULL"} : last_command_->name;
    line += " user=" + state_.user + " redir=-1 resp=";
    line += state_.protocol == resp::protocol::resp3 ? '3' : '2';
    line += " lib-name=" + state_.lib_name + " lib-ver=" + state_.lib_version;
    return line;
}

void session::add(const load_lead& lead) {
    if (leads_.size() == limits::client_leads) leads_.erase(leads_.begin());
    leads_.push_back(lead);
}

const std::shared_ptr<passed_replies>& session::passed() {
    if (passed_ == nullptr) passed_ = std::make_shared<passed_replies>(engine_, *this);
    return passed_;
}

void session::add(pending_reads& waiting) noexcept {
    waiting.next_ = waiting_;
    if (waiting_ != nullptr) waiting_->previous_ = &waiting;
    waiting_ = &waiting;
}

void session::remove(pending_reads& done) noexcept {
    if (done.previous_ != nullptr)
        done.previous_->next_ = done.next_;
    else
        waiting_ = done.next_;
    if (done.next_ != nullptr) done.next_->previous_ = done.previous_;
    done.next_ = done.previous_ = nullptr;
}

}  // namespace herdgate
