// SPDX-License-Identifier: Apache-2.0
#include "refresh_stream.hpp"

#include <utility>

#include "log.hpp"

namespace herdgate {
namespace {

refresh_jobs_settings settings_for(const refresh_stream::parts& p) {
    const config& c = p.process.configuration;
    refresh_jobs_settings s;
    s.stream = c.fleet.refresh_stream;
    s.consumer = p.consumer;
    s.database = c.upstream->database;
    s.lease = c.store.lease;
    s.timeout = c.upstream->timeouts.store;
    return s;
}

}  // namespace

/// Waits for one job's load.
class refresh_stream::teller final : public reader {
  public:
    teller(refresh_stream& owner, job_id id) : owner_(owner), alive_(owner.alive_), id_(id) {}
    void on_read(std::uint32_t, const read_result& result) override {
        if (alive_.expired()) return;
        const bool failed = result.what == read_result::kind::error;
        owner_.jobs_.done(id_, failed ? job_end::failed : job_end::stored, result.error,
                          owner_.time_.now());
    }

  private:
    refresh_stream& owner_;
    std::weak_ptr<int> alive_;
    job_id id_;
};

refresh_stream::refresh_stream(const parts& p)
    : core_(p.core),
      time_(p.time),
      metrics_(*p.process.metrics[0]),
      jobs_(settings_for(p), *this),
      reader_(p.io, *p.process.configuration.upstream, p.link, jobs_.reader_user(), p.time, p.seed,
              p.after_event),
      keeper_(p.io, *p.process.configuration.upstream, p.link, jobs_.keeper_user(), p.time,
              p.seed + 1, p.after_event) {
    jobs_.use(reader_.core(), keeper_.core());
}

refresh_stream::~refresh_stream() = default;

void refresh_stream::start() {
    reader_.start();
    keeper_.start();
}

void refresh_stream::flush() {
    reader_.flush();
    keeper_.flush();
}

void refresh_stream::stop() {
    reader_.stop();
    keeper_.stop();
}

void refresh_stream::refresh(job_id id, std::uint16_t database, std::string_view key,
                             const instant& now) {
    waiter who{std::make_shared<teller>(*this, id), 0, 0, steady_time::max()};
    if (core_.refresh({database, key}, std::move(who), now)) return;
    jobs_.done(id, job_end::useless, "no route claims the key", now);
}

void refresh_stream::count(event what) {
    switch (what) {
        case event::done:
            return metrics_.jobs_done.add();
        case event::failed:
            return metrics_.jobs_failed.add();
        case event::parked:
            return metrics_.jobs_parked.add();
        case event::claimed:
            return metrics_.jobs_claimed.add();
    }
}

void refresh_stream::on_trouble(std::string_view text) {
    if (const auto more = troubles_.admit(time_.now().steady))
        log().warn("{} ({} more)", text, *more);
}

}  // namespace herdgate
