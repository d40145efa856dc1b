// SPDX-License-Identifier: Apache-2.0
#include "sim_client.hpp"

#include <algorithm>

#include "herdgate/core/resp/command_writer.hpp"

namespace herdgate::sim {

bool sim_client::connected() const {
    if (!out_) return false;
    const sim_process& p = *world_.processes[process_];
    return p.alive() && p.incarnation() == incarnation_;
}

void sim_client::connect(std::size_t process) {
    disconnect();
    sim_process& p = *world_.processes[process];
    if (!p.alive()) return;
    process_ = process;
    incarnation_ = p.incarnation();
    ++connection_;
    parser_ = resp::reply_parser{};
    const auto worker = static_cast<std::uint32_t>(world_.luck.below(world_.s.workers));
    in_ = std::make_shared<pipe>(world_.time, world_.luck, world_.near,
                                 pipe::receiver{[this](std::string_view bytes) { on_bytes(bytes); },
                                                [] {}, [] { return steady_time{}; }});
    session_ = p.open_session(worker, [pipe = in_](std::string b) { pipe->send(std::move(b)); });
    out_ = std::make_shared<pipe>(world_.time, world_.luck, world_.near,
                                  pipe::receiver{[this, &p](std::string_view bytes) {
                                                     if (p.incarnation() == incarnation_)
                                                         p.client_bytes(session_, bytes);
                                                 },
                                                 [] {}, [&p] { return p.held_until(); }});
}

void sim_client::disconnect() {
    if (!out_) return;
    if (connected()) world_.processes[process_]->close_session(session_);
    in_->close();
    out_->close();
    in_.reset();
    out_.reset();
    kept_.clear();
    for (const operation& o : pending_) give_up(o);
    pending_.clear();
}

void sim_client::give_up(const operation& o) {
    if (o.version == 0) return;
    world_.checks.late_write(o.args[1], o.version);
    world_.writing.erase(o.args[1]);
}

nanoseconds sim_client::slack() const {
    const nanoseconds slowest = world_.s.faults ? milliseconds{600} : world_.s.net.slowest();
    return milliseconds{250} + 4 * slowest;
}

void sim_client::ping() {
    const std::string echo = "echo" + std::to_string(number_) + "." + std::to_string(last_);
    send({0, {"PING", echo}, {}, echo, 0, {}, {}}, world_.s.relay_timeout + milliseconds{500});
}

void sim_client::get(const std::vector<std::string>& keys) {
    operation o{0, {keys.size() == 1 ? "GET" : "MGET"}, {}, {}, 0, {}, {}};
    for (const std::string& key : keys) {
        o.args.push_back(key);
        const std::size_t floor = world_.checks.floor(process_, key);
        o.reads.push_back(
            {process_, key, floor, world_.time.now(), pending_.empty() && keys.size() == 1});
    }
    send(std::move(o), world_.s.policy.wait.timeout);
}

void sim_client::get_plain() {
    send({0, {"GET", "plain"}, {}, {}, 0, {}, {}}, world_.s.relay_timeout + milliseconds{500});
}

void sim_client::set(const std::string& key) {
    if (!world_.writing.insert(key).second) return;
    const std::size_t version = world_.source.bump(key, world_.time.now(), false);
    const sim_value v{key, version, 0};
    send({0, {"SET", key, v.text()}, {}, {}, version, {}, {}}, 2 * world_.s.store_timeout);
}

void sim_client::edit(std::vector<std::string> args) {
    send({0, std::move(args), {}, {}, 0, {}, {}}, 4 * world_.s.store_timeout);
}

void sim_client::send(operation o, nanoseconds limit) {
    o.number = ++last_;
    o.due = world_.time.now() + limit + slack();
    o.held = world_.processes[process_]->held_so_far();
    if (world_.s.trace) {
        std::string line =
            "client " + std::to_string(number_) + " to process " + std::to_string(process_) + ":";
        for (const std::string& word : o.args) line += " " + word;
        for (const checker::read& r : o.reads) line += " (from " + std::to_string(r.floor) + ")";
        world_.trace(line);
    }
    const std::vector<std::string_view> args{o.args.begin(), o.args.end()};
    std::string bytes;
    resp::write_command(bytes, args);
    watch(o.number, connection_, o.due);
    pending_.push_back(std::move(o));
    out_->send(std::move(bytes));
}

/// Every command ends in time; time in which its process was held does not count, nor that in which
/// its reply has to wait for those before it.
void sim_client::watch(std::uint64_t number, std::uint64_t connection, steady_time when) {
    world_.time.at(when, [self = shared_from_this(), number, connection] {
        if (self->connection_ != connection || !self->connected()) return;
        if (self->pending_.empty() || self->pending_.front().number > number) return;
        const operation& front = self->pending_.front();
        const steady_time now = self->world_.time.now();
        const nanoseconds held = self->world_.processes[self->process_]->held() - front.held;
        if (now < front.due + held) return self->watch(number, connection, front.due + held);
        self->world_.checks.fail("15: " + front.args[0] + " " + front.args[1] + " of client " +
                                 std::to_string(self->number_) + " has no answer by its deadline");
    });
}

void sim_client::on_bytes(std::string_view bytes) {
    kept_ += bytes;
    while (!kept_.empty() && parser_.parse(kept_) == resp::parse_status::complete) {
        const std::string frame = kept_.substr(0, parser_.consumed());
        kept_.erase(0, frame.size());
        if (pending_.empty()) return world_.checks.fail("7: a reply to no command: " + frame);
        operation o = std::move(pending_.front());
        pending_.pop_front();
        ++answered_;
        if (world_.s.trace)
            world_.trace("client " + std::to_string(number_) + " got " + frame + " for " +
                         o.args[0] + " " + o.args[1]);
        on_reply(o, resp::reply_cursor{frame});
    }
}

void sim_client::on_reply(operation& o, resp::reply_cursor reply) {
    using kind = resp::reply_kind;
    if (!o.echo.empty()) {
        const bool excused = world_.s.faults && reply.is(kind::error);
        if (!excused && reply.text() != o.echo)
            world_.checks.fail("7: PING " + o.echo + " got another reply");
        return;
    }
    if (!o.reads.empty()) {
        if (reply.is(kind::error)) return on_part(o.reads.front(), reply);
        if (o.args[0] == "GET") return on_part(o.reads.front(), reply);
        if (reply.array_size() != o.reads.size()) return world_.checks.fail("7: MGET's size");
        for (const checker::read& r : o.reads) on_part(r, reply.next());
        return;
    }
    if (o.version != 0) {
        if (reply.is(kind::error))
            give_up(o);
        else
            world_.writing.erase(o.args[1]);
    }
    if (reply.is(kind::error) && (strict || !world_.s.faults))
        world_.checks.fail("3: " + o.args[0] + " is answered with " + std::string{reply.text()});
}

void sim_client::on_part(const checker::read& r, resp::reply_cursor part) {
    using kind = resp::reply_kind;
    if (part.is(kind::error)) {
        if (strict) world_.checks.fail("16: " + r.key + " fails: " + std::string{part.text()});
        return world_.checks.on_error(r, std::string{part.text()});
    }
    if (part.is(kind::bulk)) return world_.checks.on_value(r, std::string{part.text()});
    if (part.is(kind::null)) return world_.checks.on_nil(r);
    world_.checks.fail("7: an integer for a read of " + r.key);
}

}  // namespace herdgate::sim
