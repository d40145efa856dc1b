// SPDX-License-Identifier: Apache-2.0
#include "warm_up.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "log.hpp"

namespace herdgate {
namespace {

constexpr milliseconds pause{20};
constexpr seconds tell_every{10};

}  // namespace

/// Hears how the load of one key has ended.
class warm_up::teller final : public reader {
  public:
    teller(warm_up& owner, std::size_t index)
        : owner_(owner), alive_(owner.alive_), index_(index) {}

    void on_read(std::uint32_t, const read_result& result) override {
        if (alive_.expired()) return;
        owner_.ended(index_, result.what != read_result::kind::error);
    }

  private:
    warm_up& owner_;
    std::weak_ptr<int> alive_;
    std::size_t index_;
};

warm_up::warm_up(boost::asio::io_context& io, process_state& process, store_clock& time,
                 engine& core, std::function<void()> after_event)
    : process_(process),
      time_(time),
      core_(core),
      after_event_(std::move(after_event)),
      timer_(io) {}

warm_up::~warm_up() = default;

void warm_up::start() {
    for (const route& r : process_.configuration.routes) {
        if (r.warm.keys.empty() && r.warm.file.empty()) continue;
        auto made = std::make_unique<list>();
        made->r = &r;
        if (!r.warm.file.empty()) {
            made->file.open(r.warm.file);
            if (!made->file)
                log().error("route {}: cannot read warm.file '{}': {}", r.name, r.warm.file,
                            std::generic_category().message(errno));
        }
        lists_.push_back(std::move(made));
    }
    if (lists_.empty()) return;
    began_ = told_ = time_.now().steady;
    turn();
}

void warm_up::stop() {
    timer_.cancel();
    lists_.clear();
    alive_.reset();
}

void warm_up::turn() {
    const bool tell_now = time_.now().steady - told_ >= tell_every;
    for (const auto& l : lists_) {
        if (l->over) continue;
        ask(*l);
        if (tell_now && !l->over) tell(*l, false);
    }
    if (tell_now) told_ = time_.now().steady;
    after_event_();
    if (std::all_of(lists_.begin(), lists_.end(), [](const auto& l) { return l->over; })) return;
    timer_.expires_after(pause);
    timer_.async_wait([this](const boost::system::error_code& e) {
        if (!e) turn();
    });
}

/// As many as the time that has passed allows.
void warm_up::ask(list& l) {
    const auto index =
        static_cast<std::size_t>(std::find_if(lists_.begin(), lists_.end(),
                                              [&](const auto& one) { return one.get() == &l; }) -
                                 lists_.begin());
    const std::chrono::duration<double> passed = time_.now().steady - began_;
    const auto due =
        static_cast<std::size_t>(1 + passed.count() * static_cast<double>(l.r->warm.rate));
    const std::size_t at_once = std::max<std::size_t>(l.r->policy.limit.concurrency / 2, 1);
    const auto& upstream = process_.configuration.upstream;
    const std::uint16_t database = upstream ? upstream->database : std::uint16_t{0};
    std::string key;
    while (l.asked < due && l.asked - l.done < at_once) {
        if (!next_key(l, key)) {
            l.over = l.asked == l.done;
            if (l.over) tell(l, true);
            return;
        }
        ++l.asked;
        if (process_.routes.find(key) != l.r)
            ended(index, false);
        else
            core_.warm({database, key}, {std::make_shared<teller>(*this, index), 0, 0, {}},
                       time_.now());
    }
}

bool warm_up::next_key(list& l, std::string& key) {
    if (l.next < l.r->warm.keys.size()) {
        key = l.r->warm.keys[l.next++];
        return true;
    }
    while (std::getline(l.file, key)) {
        if (!key.empty() && key.back() == '\r') key.pop_back();
        if (!key.empty() && key.front() != '#') return true;
    }
    return false;
}

void warm_up::ended(std::size_t index, bool well) {
    list& l = *lists_[index];
    ++l.done;
    if (!well) ++l.failed;
    route_metrics& count = process_.metrics[0]->routes[l.r->index];
    (well ? count.warmed : count.warm_failed).add();
}

void warm_up::tell(list& l, bool last) {
    log().info("route {}: {} {} keys, {} of them in vain", l.r->name,
               last ? "warm, after" : "warming, after", l.done, l.failed);
}

}  // namespace herdgate
