// SPDX-License-Identifier: Apache-2.0
//
// Whatever Redis says on the store's two links, every call is answered exactly once, and nothing is
// left when the links have ended. The input is a list of steps: a byte chooses what is asked or
// which link hears something, the next is a length, then come that many bytes.
#include "store_replies_body.hpp"

#include <map>
#include <string_view>

#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/upstream/redis_store.hpp"

namespace herdgate::fuzz {
namespace {

class asker final : public redis_store_user, public store_sink, public editor_sink {
  public:
    std::map<std::uint64_t, int> open;  ///< answers that are to come, by id

    std::uint64_t ask() {
        ++open[++last_];
        return last_;
    }

    void on_store_away(bool, std::string_view, const instant&) override {}
    void on_trouble(std::string_view) override {}
    void on_coherent(bool, const instant&) override {}
    void on_entry_changed(std::string_view, const instant&) override {}
    void on_all_changed(const instant&) override {}
    void on_published(std::string_view, const instant&) override {}
    void on_following(bool, const instant&) override {}
    route_floor floor_of(std::string_view, std::string_view) override { return {}; }
    void on_floor(std::string_view, const route_floor&, const instant&) override {}
    void on_refresh_due(entry_key, const instant&) override {}
    void on_clock(nanoseconds) override {}
    void on_read(flight_id id, read_answer, const instant&) override { answered(id); }
    void on_acquired(flight_id id, acquire_answer, const instant&) override { answered(id); }
    void on_renewed(flight_id, bool, const instant&) override {}
    void on_stored(flight_id id, fill_answer, const instant&) override { answered(id); }
    void on_entered(flight_id id, place_answer, const instant&) override { answered(id); }
    void on_watching(flight_id id, bool, const instant&) override { answered(id); }
    void on_wake(flight_id, const instant&) override {}
    void on_edit_read(edit_id id, read_answer, const instant&) override { answered(id); }
    void on_swapped(edit_id id, swap_answer, const instant&) override { answered(id); }

  private:
    void answered(std::uint64_t id) {
        const auto found = open.find(id);
        HERDGATE_ASSERT(found != open.end() && found->second == 1);
        open.erase(found);
    }
    std::uint64_t last_ = 0;
};

void connect(link& l, const instant& now) {
    if (l.wants() != link::want::connect) return;
    l.on_connected(now);
    l.on_bytes("+PONG\r\n", now);
}

void greet_scripts(link& data, const instant& now) {
    data.on_bytes("*2\r\n$4\r\n5000\r\n$1\r\n0\r\n", now);
    for (std::size_t i = 0; i < script_count; ++i) data.on_bytes("$3\r\nsha\r\n", now);
}

void ask(redis_store& store, asker& who, unsigned what, const instant& now) {
    constexpr entry_key key{0, "k"};
    constexpr fleet_places places{"r", 2};
    entry e;
    e.value = shared_bytes{"v"};
    switch (what) {
        case 0:
            return store.read(who.ask(), key, now);
        case 1:
            return store.acquire(who.ask(), {1, "k"}, {7, milliseconds{3000}}, now);
        case 2:
            return store.fill(who.ask(), key, 7, e, now);
        case 3:
            return store.fail(who.ask(), key, 7, e, now);
        case 4:
            return store.watch(who.ask(), key, now);
        case 5:
            return store.read_for_edit(who.ask(), key, now);
        case 6:
            return store.swap(who.ask(), key, false, 1, {true, e}, now);
        case 7:
            return store.enter(who.ask(), places, 7, milliseconds{3000}, now);
        case 8:
            return store.invalidate(key, {true, true, {}}, now);
        case 9:
            return store.renew(1, key, 7, milliseconds{3000}, now);
        default:
            return store.read_floors(now);
    }
}

}  // namespace

int store_replies(const std::uint8_t* data, std::size_t size) {
    std::string_view input{reinterpret_cast<const char*>(data), size};
    instant now{steady_time{seconds{1000}}, redis_time{seconds{5000}}};
    asker who;
    redis_store store{{.prefix = "cache:", .owner = "o:1", .channel = "c"}, who, who, who};
    link_settings plain;
    link_settings subscriber;
    subscriber.subscriber = true;
    link known{plain, store.data_user(), 1};
    link unasked{subscriber, store.unasked_user(), 2};
    store.use(known, unasked);
    known.start(now);
    unasked.start(now);
    connect(known, now);
    greet_scripts(known, now);
    connect(unasked, now);
    while (input.size() >= 2) {
        const auto step = static_cast<unsigned char>(input[0]) % 16U;
        const std::size_t length = static_cast<unsigned char>(input[1]);
        input.remove_prefix(2);
        if (step < 11) {
            ask(store, who, step, now);
            continue;
        }
        const std::string_view bytes = input.substr(0, length);
        input.remove_prefix(bytes.size());
        if (step <= 12) known.on_bytes(bytes, now);
        if (step == 13 || step == 14) unasked.on_bytes(bytes, now);
        if (step == 15) {
            now.steady += milliseconds{40};
            known.on_deadline(now);
            unasked.on_deadline(now);
            store.tick(now);
        }
        known.take_output();
        connect(known, now);
        connect(unasked, now);
    }
    unasked.on_closed("end", now);
    known.on_closed("end", now);
    known.wants();
    known.on_closed("again", now);
    now.steady += seconds{5};
    known.on_deadline(now);
    known.on_closed("and again", now);
    store.tick(now);
    HERDGATE_ASSERT(who.open.empty());
    return 0;
}

}  // namespace herdgate::fuzz
