// SPDX-License-Identifier: Apache-2.0
#include "model_script.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "herdgate/core/resp/writer.hpp"

namespace herdgate::sim {
namespace {

constexpr std::int64_t longest = std::int64_t{10} * 365 * 86400 * 1000;
constexpr std::int64_t for_ever = std::int64_t{1} << 52;

}  // namespace

std::string model_script::run(script which) {
    now_ = server_.now();
    value_ = server_.find(name_, by_);
    if (value_ != nullptr && !value_->is_hash) return answer("foreign");
    std::string reply;
    switch (which) {
        case script::acquire:
            reply = acquire();
            break;
        case script::renew:
            reply = renew();
            break;
        case script::fill:
            reply = fill();
            break;
        case script::fail:
            reply = fail();
            break;
        case script::release:
            reply = release();
            break;
        case script::invalidate:
            reply = invalidate();
            break;
        case script::swap:
            reply = swap();
            break;
        case script::slide:
            reply = slide();
            break;
        case script::outdate:
        case script::enter:
        case script::leave:
            return "-ERR not modelled\r\n";
    }
    if (changed_) server_.changed(name_, by_);
    if (const auto c = server_.clients_.find(by_); c != server_.clients_.end())
        server_.remember(*c->second, name_.second);
    return reply;
}

std::string model_script::acquire() {
    const std::string token = text(0);
    const meta m = parse(field("meta"));
    if (m.fresh > now_ && m.fresh != number(4) && began(m) > number(3))
        return answer("fresh", true);
    if (m.retry > now_) return answer("backoff", true);
    std::int64_t deadline = 0;
    const std::string other = holder(&deadline);
    if (!other.empty() && other != token) {
        if (deadline > now_) return answer("held", true, deadline - now_);
        server_.tell({model_event::kind::lease_ran_out, by_, name_, other, {}});
    }
    const std::string reply = answer("granted", true);
    set_lease(token, text(2), number(1), std::to_string(now_));
    value_->fields["status"] = "refreshing";
    server_.tell({model_event::kind::granted, by_, name_, token, {}});
    return reply;
}

std::string model_script::renew() {
    const std::string* lease = field("lease");
    if (lease == nullptr || holder() != text(0)) return answer("lost");
    std::istringstream in{*lease};
    std::string token, deadline, owner, began;
    in >> token >> deadline >> owner >> began;
    set_lease(token, owner, number(1), began);
    return answer("renewed");
}

std::string model_script::fill() {
    const std::string token = text(0);
    const bool has_data = args_[1] == "1";
    if (holder() != token && !server_.bugs_.no_fence) return answer("refused", true);
    std::string since = std::to_string(now_);
    if (const std::string* lease = field("lease")) since = lease->substr(lease->rfind(' ') + 1);
    const meta m{now_ + number(3),
                 now_ + number(4),
                 now_ + number(5),
                 number(6),
                 0,
                 0,
                 token,
                 "\nbegan " + since + text(7)};
    server_.tell({model_event::kind::filled, by_, name_, token, has_data ? text(2) : ""});
    if (useful(m, has_data) <= now_)
        unlink("of no use");
    else
        store(m, has_data, args_[2]);
    wake("filled");
    return answer("stored");
}

std::string model_script::fail() {
    const std::string token = text(0);
    if (holder() != token) return answer("lost");
    meta m = parse(field("meta"));
    if (number(1) > 0) {
        m.retry = now_ + number(1);
        m.failures = number(2);
        if (const std::size_t at = m.rest.find("\nreason "); at != std::string::npos)
            m.rest.erase(at, m.rest.find('\n', at + 1) - at);
        m.rest += "\nreason " + text(3);
        if (m.stamp.empty()) m.stamp = token;
    }
    const std::int64_t last = useful(m, field("data") != nullptr);
    if (last <= now_) {
        unlink("of no use");
    } else {
        drop_lease("failed");
        value_->fields["status"] = "error";
        value_->fields["meta"] = write(m);
        expire_at(last);
    }
    wake("failed");
    return answer("recorded");
}

std::string model_script::release() {
    if (value_ == nullptr || holder() != text(0)) return answer("lost");
    const std::int64_t last = useful(parse(field("meta")), field("data") != nullptr);
    if (last <= now_) {
        unlink("of no use");
    } else {
        drop_lease("released");
        value_->fields["status"] = field("data") != nullptr ? "ready" : "absent";
        expire_at(last);
    }
    wake("released");
    return answer("released");
}

std::string model_script::invalidate() {
    if (value_ == nullptr) return "*2\r\n$4\r\ndone\r\n:0\r\n";
    meta m = parse(field("meta"));
    m.fresh = std::min(m.fresh, now_);
    m.retry = m.failures = 0;
    const std::int64_t last = useful(m, field("data") != nullptr);
    if (args_[0] == "1" || last <= now_) {
        unlink("deleted");
    } else {
        drop_lease("invalidated");
        value_->fields["meta"] = write(m);
        value_->fields["status"] = "ready";
        expire_at(last);
    }
    wake("invalidated");
    return "*2\r\n$4\r\ndone\r\n:1\r\n";
}

std::string model_script::swap() {
    const meta before = parse(field("meta"));
    if (args_[0] != "*" && args_[0] != (before.stamp.empty() ? "-" : before.stamp))
        return answer("changed", true);
    if (args_[1] == "1") {
        const meta m{now_ + number(4),
                     now_ + number(5),
                     now_ + number(6),
                     before.load,
                     0,
                     0,
                     text(7),
                     "\nbegan " + (text(8) == "0" ? std::to_string(now_) : text(8)) + text(9)};
        const bool has_data = args_[2] == "1";
        server_.tell({model_event::kind::written, by_, name_, {}, has_data ? text(3) : ""});
        store(m, has_data, args_[3]);
    } else {
        unlink("deleted");
    }
    wake("written");
    return answer("swapped");
}

std::string model_script::slide() {
    meta m = parse(field("meta"));
    const bool live = field("data") != nullptr && m.fresh > now_;
    if (!live || m.fresh - now_ > number(0)) return answer("kept");
    const std::int64_t more = std::min(now_ + number(1), began(m) + number(2)) - m.fresh;
    if (more <= 0) return answer("kept");
    m.fresh += more;
    m.revalidate += more;
    m.error += more;
    value_->fields["meta"] = write(m);
    changed_ = true;
    value_->expires = std::max(value_->expires, useful(m, true));
    return answer("slid");
}

model_script::meta model_script::parse(const std::string* text) {
    meta m;
    if (text == nullptr) return m;
    std::istringstream in{*text};
    int version = 0;
    meta read;
    in >> version >> read.fresh >> read.revalidate >> read.error >> read.load >> read.retry >>
        read.failures >> read.stamp;
    if (!in && !in.eof()) return m;
    if (version != 1) return m;
    if (const std::size_t line = text->find('\n'); line != std::string::npos)
        read.rest = text->substr(line);
    return read;
}

std::string model_script::write(const meta& m) {
    std::ostringstream out;
    out << "1 " << m.fresh << ' ' << m.revalidate << ' ' << m.error << ' ' << m.load << ' '
        << m.retry << ' ' << m.failures << ' ' << m.stamp << m.rest;
    return out.str();
}

/// When the load that the entry is from was given its lease.
std::int64_t model_script::began(const meta& m) {
    const std::size_t at = m.rest.find("\nbegan ");
    return at == std::string::npos ? 0 : std::strtoll(m.rest.c_str() + at + 7, nullptr, 10);
}

std::int64_t model_script::useful(const meta& m, bool has_data) {
    std::int64_t last = m.fresh;
    if (has_data) last = std::max({last, m.revalidate, m.error});
    if (m.failures > 0) last = std::max(last, m.retry + 60000);
    return last;
}

const std::string* model_script::field(std::string_view name) const {
    if (value_ == nullptr) return nullptr;
    const auto found = value_->fields.find(name);
    return found == value_->fields.end() ? nullptr : &found->second;
}

/// The lease's token; empty = nobody has it.
std::string model_script::holder(std::int64_t* deadline) const {
    const std::string* lease = field("lease");
    if (lease == nullptr) return {};
    const std::size_t blank = lease->find(' ');
    if (deadline != nullptr) *deadline = std::strtoll(lease->c_str() + blank, nullptr, 10);
    return lease->substr(0, blank);
}

std::int64_t model_script::number(std::size_t arg) const {
    return std::strtoll(text(arg).c_str(), nullptr, 10);
}

std::string model_script::answer(std::string_view word, bool with_entry, std::int64_t left) const {
    std::string out;
    resp::write_array(out, 1U + (left >= 0 ? 1U : 0U) + (with_entry ? 2U : 0U));
    resp::write_bulk(out, word);
    if (left >= 0) resp::write_integer(out, left);
    if (!with_entry) return out;
    for (const char* name : {"data", "meta"}) {
        const std::string* value = field(name);
        if (value != nullptr)
            resp::write_bulk(out, *value);
        else
            out += "$-1\r\n";
    }
    return out;
}

void model_script::expire_at(std::int64_t t) {
    changed_ = true;
    value_->expires = now_ + std::max<std::int64_t>(1, std::min(t - now_, longest));
}

void model_script::set_lease(const std::string& token, const std::string& owner, std::int64_t lease,
                             const std::string& began) {
    if (value_ == nullptr) {
        value_ = &server_.data_[name_];
        value_->is_hash = true;
        value_->expires = 0;
    }
    const std::int64_t deadline = server_.bugs_.endless_lease ? for_ever : now_ + lease;
    value_->fields["lease"] = token + " " + std::to_string(deadline) + " " + owner + " " + began;
    changed_ = true;
    const bool short_lived = value_->expires != 0 ? value_->expires - now_ < lease + 1000 : true;
    if (!short_lived || server_.bugs_.no_ttl) return;
    expire_at((server_.bugs_.endless_lease ? now_ + for_ever : now_ + lease) + 1000);
}

void model_script::drop_lease(std::string_view why) {
    changed_ = true;
    if (const std::string token = holder(); !token.empty())
        server_.tell({model_event::kind::lease_lost, by_, name_, token, std::string{why}});
    value_->fields.erase("lease");
}

void model_script::store(const meta& m, bool has_data, std::string_view data) {
    if (value_ == nullptr) {
        value_ = &server_.data_[name_];
        value_->is_hash = true;
    }
    drop_lease("stored");
    value_->fields["status"] = has_data ? "ready" : "absent";
    value_->fields["updated_at"] = std::to_string(server_.clock_ / 1'000'000);
    value_->fields["meta"] = write(m);
    if (has_data)
        value_->fields["data"] = data;
    else
        value_->fields.erase("data");
    expire_at(useful(m, has_data));
}

void model_script::unlink(std::string_view why) {
    if (value_ == nullptr) return;
    value_ = nullptr;
    server_.remove(name_, why, by_);
}

void model_script::wake(std::string_view why) {
    if (!server_.bugs_.no_wake) server_.publish(name_.second, why);
}

}  // namespace herdgate::sim
