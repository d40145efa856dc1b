// SPDX-License-Identifier: Apache-2.0
//
// model_redis: clients, plain commands, pub/sub and tracking.
#include "model_redis.hpp"

#include <algorithm>
#include <cstdlib>

#include "herdgate/core/base/words.hpp"
#include "herdgate/core/resp/writer.hpp"
#include "model_script.hpp"

namespace herdgate::sim {
namespace {

constexpr std::string_view tracking_channel = "__redis__:invalidate";
constexpr std::string_view wrong_type =
    "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

std::string ok() {
    return std::string{resp::ok};
}

std::string integer(std::size_t n) {
    return ":" + std::to_string(n) + "\r\n";
}

void write_optional(std::string& out, const std::string* value) {
    if (value != nullptr)
        resp::write_bulk(out, *value);
    else
        out += "$-1\r\n";
}

const std::string* field(const model_value* v, std::string_view name) {
    if (v == nullptr) return nullptr;
    const auto found = v->fields.find(name);
    return found == v->fields.end() ? nullptr : &found->second;
}

std::string script_digest(std::size_t index) {
    return "digest-of-script-" + std::to_string(index);
}

}  // namespace

model_redis::client_id model_redis::connect(output out) {
    auto made = std::make_unique<client>();
    made->id = ++last_id_;
    made->out = std::move(out);
    clients_.emplace(last_id_, std::move(made));
    return last_id_;
}

void model_redis::disconnect(client_id id) {
    clients_.erase(id);
    for (auto& [key, readers] : tracked_) readers.erase(id);
}

void model_redis::receive(client_id id, std::string_view bytes) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    client& c = *found->second;
    c.kept += bytes;
    std::size_t done = 0;
    for (;;) {
        const std::string_view rest = std::string_view{c.kept}.substr(done);
        if (c.parser.parse(rest) != resp::parse_status::complete) break;
        const std::vector<std::string> kept{c.parser.args().begin(), c.parser.args().end()};
        const std::vector<std::string_view> args{kept.begin(), kept.end()};
        done += c.parser.consumed();
        if (std::string reply = run(c, args); !reply.empty()) c.out(std::move(reply));
    }
    c.kept.erase(0, done);
}

std::string model_redis::ping(const client& c, words args) {
    std::string out;
    if (!c.channels.empty()) return "*2\r\n$4\r\npong\r\n$0\r\n\r\n";
    if (args.size() == 1) return "+PONG\r\n";
    resp::write_bulk(out, args[1]);
    return out;
}

std::string model_redis::run(client& c, words args) {
    const auto is = [&](std::string_view name) { return is_word(args[0], name); };
    if (is("evalsha") || is("eval")) return run_script(c, args);
    if (is("hmget")) return get_fields(c, args);
    if (is("hgetall")) return "*0\r\n";  // floors of routes: there are none
    if (is("client")) return run_client(c, args);
    if (is("subscribe")) return subscribe(c, args, true);
    if (is("unsubscribe")) return subscribe(c, args, false);
    if (is("ping")) return ping(c, args);
    if (is("select")) {
        c.database = static_cast<std::uint16_t>(std::atoi(std::string{args[1]}.c_str()));
        return ok();
    }
    if (is("time")) {
        std::string out = "*2\r\n";
        resp::write_bulk(out, std::to_string(clock_ / 1'000'000));
        resp::write_bulk(out, std::to_string(clock_ % 1'000'000));
        return out;
    }
    if (is("script") && is_word(args[1], "load")) {
        for (std::size_t i = 0; i < script_count; ++i) {
            if (args[2] != source_of(static_cast<script>(i))) continue;
            known_.insert(static_cast<script>(i));
            std::string out;
            resp::write_bulk(out, script_digest(i));
            return out;
        }
    }
    if (is("get")) {
        const model_value* v = find({c.database, std::string{args[1]}}, c.id);
        remember(c, std::string{args[1]});
        if (v != nullptr && v->is_hash) return std::string{wrong_type};
        std::string out;
        write_optional(out, field(v, ""));
        return out;
    }
    if (is("set")) {
        put_string({c.database, std::string{args[1]}}, std::string{args[2]});
        return ok();
    }
    if (is("del") || is("unlink")) return integer(erase(c, args.subspan(1)));
    if (is("publish")) return integer(publish(std::string{args[1]}, args[2]));
    return "-ERR unknown command '" + std::string{args[0]} + "'\r\n";
}

std::string model_redis::get_fields(client& c, words args) {
    const model_value* v = find({c.database, std::string{args[1]}}, c.id);
    remember(c, std::string{args[1]});
    if (v != nullptr && !v->is_hash) return std::string{wrong_type};
    std::string out;
    resp::write_array(out, args.size() - 2);
    for (const std::string_view name : args.subspan(2)) write_optional(out, field(v, name));
    return out;
}

std::string model_redis::run_client(client& c, words args) {
    if (is_word(args[1], "id")) return integer(c.id);
    if (!is_word(args[1], "tracking")) return ok();
    c.tracking = is_word(args[2], "on");
    c.broadcast = false;
    c.redirect = 0;
    for (std::size_t i = 3; i < args.size(); ++i) {
        if (is_word(args[i], "redirect")) {
            c.redirect = std::strtoull(std::string{args[i + 1]}.c_str(), nullptr, 10);
            if (clients_.find(c.redirect) == clients_.end()) {
                c.tracking = false;
                return "-ERR The client ID you want redirect to does not exist\r\n";
            }
        }
        if (is_word(args[i], "bcast")) c.broadcast = true;
        if (is_word(args[i], "prefix")) c.prefix = args[i + 1];
    }
    return ok();
}

std::string model_redis::run_script(client& c, words args) {
    for (std::size_t i = 0; i < script_count; ++i) {
        const auto which = static_cast<script>(i);
        if (args[1] != script_digest(i) && args[1] != source_of(which)) continue;
        if (is_word(args[0], "eval")) known_.insert(which);
        if (known_.count(which) == 0) break;
        return model_script{*this, c.id, {c.database, std::string{args[3]}}, args.subspan(4)}.run(
            which);
    }
    return "-NOSCRIPT No matching script. Please use EVAL.\r\n";
}

std::string model_redis::subscribe(client& c, words args, bool on) {
    std::string out;
    for (const std::string_view channel : args.subspan(1)) {
        if (on)
            c.channels.emplace(channel);
        else
            c.channels.erase(std::string{channel});
        resp::write_array(out, 3);
        resp::write_bulk(out, on ? "subscribe" : "unsubscribe");
        resp::write_bulk(out, channel);
        out += integer(c.channels.size());
    }
    return out;
}

std::size_t model_redis::publish(const std::string& channel, std::string_view text) {
    std::string out;
    resp::write_array(out, 3);
    resp::write_bulk(out, "message");
    resp::write_bulk(out, channel);
    resp::write_bulk(out, text);
    std::size_t told = 0;
    for (const auto& [id, c] : clients_) {
        if (c->channels.count(channel) == 0) continue;
        c->out(out);
        ++told;
    }
    return told;
}

model_value* model_redis::find(const model_name& name, client_id reader) {
    const auto found = data_.find(name);
    if (found == data_.end()) return nullptr;
    if (found->second.expires == 0 || found->second.expires > now()) return &found->second;
    remove(name, "expired", reader);
    return nullptr;
}

void model_redis::remove(const model_name& name, std::string_view why, client_id by) {
    const auto found = data_.find(name);
    if (found == data_.end()) return;
    if (const std::string* lease = field(&found->second, "lease"))
        tell({model_event::kind::lease_lost, by, name, lease->substr(0, lease->find(' ')),
              std::string{why}});
    data_.erase(found);
    tell({model_event::kind::removed, by, name, {}, std::string{why}});
    changed(name, by);
}

std::size_t model_redis::erase(client& c, words keys) {
    std::size_t erased = 0;
    for (const std::string_view key : keys) {
        const model_name name{c.database, std::string{key}};
        if (find(name, c.id) == nullptr) continue;
        remove(name, "deleted", c.id);
        ++erased;
    }
    return erased;
}

void model_redis::remember(const client& c, const std::string& key) {
    if (c.tracking && !c.broadcast) tracked_[key].insert(c.id);
}

void model_redis::changed(const model_name& name, client_id by) {
    const auto readers = tracked_.find(name.second);
    std::set<client_id> tell_these;
    if (readers != tracked_.end()) {
        tell_these = std::move(readers->second);
        tracked_.erase(readers);
    }
    for (const auto& [id, c] : clients_) {
        if (!c->tracking) continue;
        const bool concerned =
            c->broadcast ? name.second.starts_with(c->prefix) : tell_these.count(id) != 0;
        if (id == by)
            tell({model_event::kind::own, id, name, {}, {}});
        else if (concerned)
            push(*c, name, by);
    }
}

void model_redis::push(const client& tracked, const model_name& name, client_id) {
    const auto subscriber = clients_.find(tracked.redirect);
    if (bugs_.no_push || subscriber == clients_.end()) return;
    if (subscriber->second->channels.count(std::string{tracking_channel}) == 0) return;
    std::string out = "*3\r\n";
    resp::write_bulk(out, "message");
    resp::write_bulk(out, tracking_channel);
    out += "*1\r\n";
    resp::write_bulk(out, name.second);
    subscriber->second->out(out);
    tell({model_event::kind::pushed, subscriber->first, name, {}, {}});
}

void model_redis::restart(bool keeps_data) {
    clients_.clear();
    tracked_.clear();
    known_.clear();
    if (!keeps_data)
        while (!data_.empty()) remove(model_name{data_.begin()->first}, "lost", 0);
}

void model_redis::flush_all() {
    tracked_.clear();
    std::vector<model_name> gone;
    for (const auto& [name, v] : data_) gone.push_back(name);
    while (!data_.empty()) remove(model_name{data_.begin()->first}, "flushed", 0);
    std::string out = "*3\r\n";
    resp::write_bulk(out, "message");
    resp::write_bulk(out, tracking_channel);
    out += "*-1\r\n";
    for (const auto& [id, c] : clients_) {
        const auto subscriber = clients_.find(c->redirect);
        if (!c->tracking || subscriber == clients_.end()) continue;
        if (subscriber->second->channels.count(std::string{tracking_channel}) == 0) continue;
        subscriber->second->out(out);
        for (const model_name& name : gone)
            tell({model_event::kind::pushed, subscriber->first, name, {}, {}});
    }
}

void model_redis::evict(const model_name& name) {
    remove(name, "evicted", 0);
}

void model_redis::expire_cycle() {
    std::vector<model_name> dead;
    for (const auto& [name, v] : data_)
        if (v.expires != 0 && v.expires <= now()) dead.push_back(name);
    for (const model_name& name : dead) remove(name, "expired", 0);
}

void model_redis::put_string(const model_name& name, std::string value) {
    remove(name, "replaced", 0);
    data_[name].fields[""] = std::move(value);
    changed(name, 0);
}

std::size_t model_redis::subscriptions(client_id id) const {
    const auto found = clients_.find(id);
    return found == clients_.end() ? 0 : found->second->channels.size();
}

}  // namespace herdgate::sim
