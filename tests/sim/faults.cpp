// SPDX-License-Identifier: Apache-2.0
//
// simulation: what goes wrong in phase one.
#include "simulation.hpp"

namespace herdgate::sim {

void simulation::fault_turn() {
    if (!working_) return;
    const std::size_t which = luck_.below(14);
    if (which < 6)
        fault_of_process(*processes_[luck_.below(settings_.processes)], which);
    else
        fault_of_redis(which);
    const auto pause = luck_.between(milliseconds{50}, milliseconds{800});
    time_.after(pause, [this] { fault_turn(); });
}

void simulation::fault_of_process(sim_process& p, std::size_t which) {
    const std::string who = " process " + std::to_string(p.number());
    if (!p.alive()) return;
    switch (which) {
        case 0:
            checks_.fault("killed" + who);
            p.kill(luck_.one_in(2));
            return boot_later(p);
        case 1: {
            checks_.fault("stopped" + who);
            p.release_leases();
            const std::uint64_t incarnation = p.incarnation();
            return time_.after(milliseconds{30}, [this, &p, incarnation] {
                if (!p.alive() || p.incarnation() != incarnation) return;
                p.kill(false);
                boot_later(p);
            });
        }
        case 2:
            checks_.fault("held" + who);
            return p.hold(luck_.between(milliseconds{100}, 3 * settings_.lease));
        default: {
            const auto open = redis_.connections();
            if (open.empty()) return;
            const auto& c = open[luck_.below(open.size())];
            const bool silent = luck_.one_in(4);
            cut_silently_ = cut_silently_ || silent;
            checks_.fault("cut connection " + std::to_string(c->id) + (silent ? ", silently" : ""));
            return redis_.cut(*c, silent);
        }
    }
}

void simulation::boot_later(sim_process& p) {
    time_.after(luck_.between(milliseconds{10}, seconds{2}), [this, &p] {
        if (p.alive()) return;
        trace("booted process " + std::to_string(p.number()));
        p.boot();
    });
}

void simulation::fault_of_redis(std::size_t which) {
    model_redis& server = redis_.server();
    const model_name name{0, "cache:" + any_key()};
    switch (which) {
        case 6: {
            const bool keeps = luck_.one_in(2);
            checks_.fault(keeps ? "Redis restarts" : "Redis restarts, empty");
            return redis_.restart(keeps, luck_.between(nanoseconds{0}, milliseconds{1500}));
        }
        case 7:
            checks_.fault("Redis stands still");
            return redis_.freeze(luck_.between(milliseconds{50}, milliseconds{2500}));
        case 8:
            checks_.fault("SCRIPT FLUSH");
            return server.flush_scripts();
        case 9:
            checks_.fault("FLUSHALL");
            return server.flush_all();
        case 10: {
            if (!settings_.clock_jumps) return;
            const auto by = luck_.of(std::vector<int>{-3600, -2, 2, 3600});
            checks_.fault("Redis's clock jumps by " + std::to_string(by) + " s");
            return redis_.jump(seconds{by});
        }
        case 11:
            checks_.fault("evicted " + name.second);
            return server.evict(name);
        case 12:
            checks_.fault("a string at " + name.second);
            server.put_string(name, "foreign");
            return time_.after(luck_.between(milliseconds{10}, seconds{1}),
                               [this, name] { redis_.server().evict(name); });
        default:
            checks_.fault("a slow network");
            net_.most = milliseconds{150};
            return time_.after(seconds{1}, [this] { net_.most = settings_.net.most; });
    }
}

}  // namespace herdgate::sim
