// SPDX-License-Identifier: Apache-2.0
//
// refresh_jobs: works off a stream of keys that are to be loaded anew (entries `key K [db N]`), in
// one consumer group for the whole fleet, so that each job is done by one process.
//
//   reader link   XREADGROUP … BLOCK ─► job ─► user.refresh ─► done() ─┬─ ok ──► XACK
//                                        ▲                             ├─ failed: left pending
//   keeper link   XPENDING IDLE ─ XCLAIM ┘                             └─ the fifth time: parked
//
// At least once: a job is acknowledged when its key's entry has been stored, and not before. While
// it is in progress its claim is renewed; a job whose process has died, or whose load has failed,
// is idle for three leases and then claimed by whoever looks first. After five deliveries, or at
// once where it makes no sense, a job is parked: copied to the stream `<stream>:parked` with its
// reason, and acknowledged. Both streams are trimmed to about 100,000 entries.
//
// Bounded: jobs in progress; a stream is read no further while there are as many. Single-threaded;
// the links are the caller's to drive and outlive the last call into them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "herdgate/core/resp/reply_cursor.hpp"
#include "herdgate/core/upstream/link.hpp"

namespace herdgate {

/// Names a job in progress. Never reused while the process lives.
using job_id = std::uint64_t;

class refresh_jobs_user {
  public:
    /// Please load this key anew and say done(), also from inside the call.
    virtual void refresh(job_id id, std::uint16_t database, std::string_view key,
                         const instant& now) = 0;
    /// One more job has come to this end.
    enum class event : std::uint8_t { done, failed, parked, claimed };
    virtual void count(event what) = 0;
    /// Something that should work does not, for the log.
    virtual void on_trouble(std::string_view text) = 0;

  protected:
    ~refresh_jobs_user() = default;
};

struct refresh_jobs_settings {
    std::string stream;
    std::string consumer;        ///< names this process in the group
    std::uint16_t database = 0;  ///< of jobs that do not say
    milliseconds lease{3000};    ///< claims are renewed this often, and lost after three times that
    std::size_t at_once = 32;    ///< jobs in progress
    milliseconds timeout{1000};  ///< of one command that does not block
};

/// How a job's refresh has ended.
enum class job_end : std::uint8_t {
    stored,
    failed,   ///< to be tried again
    useless,  ///< and never can succeed
};

class refresh_jobs final : private reply_taker {
  public:
    refresh_jobs(refresh_jobs_settings settings, refresh_jobs_user& user);
    refresh_jobs(const refresh_jobs&) = delete;
    refresh_jobs& operator=(const refresh_jobs&) = delete;

    /// Whom the two links answer to.
    link_user& reader_user() noexcept { return reader_user_; }
    link_user& keeper_user() noexcept { return keeper_user_; }
    void use(link& reader, link& keeper) noexcept {
        reader_ = &reader;
        keeper_ = &keeper;
    }

    /// `reason`: printable, for those who look at parked jobs.
    void done(job_id id, job_end how, std::string_view reason, const instant& now);

    /// Once a second or so: renews claims, looks for jobs that nobody works on.
    void tick(const instant& now);

    /// Takes no more jobs; those in progress go on.
    void stop() noexcept { stopped_ = true; }

    std::size_t in_progress() const noexcept { return jobs_.size(); }

  private:
    struct job {
        std::string entry;  ///< its id in the stream
        std::string key;
        std::string database;  ///< as the entry says; empty = it does not
        std::uint64_t deliveries = 1;
    };
    enum class purpose : std::uint64_t { create, read, keep, pending, claim, other };

    class one_link final : public link_user {
      public:
        explicit one_link(refresh_jobs& owner) noexcept : owner_(owner) {}
        void on_link_up(const instant& now) override { owner_.on_up(*this, now); }
        void on_link_down(std::string_view reason, const instant&) override {
            owner_.on_down(*this, reason);
        }
        void on_push(std::string_view, const instant&) override {}

      private:
        refresh_jobs& owner_;
    };

    void on_up(const one_link& which, const instant& now);
    void on_down(const one_link& which, std::string_view reason);
    void on_reply(std::uint64_t id, std::string_view frame, const instant& now) override;
    void on_lost(std::uint64_t id, const instant& now) override;

    void tell(std::string_view command, purpose what, const instant& now);
    void create_group(const instant& now);
    void read(const instant& now);
    void on_read(resp::reply_cursor reply, const instant& now);
    void look_for_idle(const instant& now);
    void on_pending(resp::reply_cursor reply, const instant& now);
    void on_claimed(resp::reply_cursor reply, const instant& now);
    void keep(const instant& now);
    void take(resp::reply_cursor entry, std::uint64_t deliveries, const instant& now);
    void park(const job& j, std::string_view reason, const instant& now);
    void acknowledge(const job& j, const instant& now);
    bool working_on(std::string_view entry) const noexcept;
    void complain(std::string_view what, resp::reply_cursor reply);

    const refresh_jobs_settings settings_;
    refresh_jobs_user& user_;
    one_link reader_user_{*this};
    one_link keeper_user_{*this};
    link* reader_ = nullptr;
    link* keeper_ = nullptr;
    std::unordered_map<job_id, job> jobs_;
    std::unordered_map<std::string, std::uint64_t> claiming_;  ///< entry → deliveries so far
    job_id last_id_ = 0;
    bool grouped_ = false;  ///< the group exists, as far as is known
    bool creating_ = false;
    bool reading_ = false;  ///< an XREADGROUP is on its way
    bool looking_ = false;  ///< an XPENDING or XCLAIM is
    bool stopped_ = false;
    steady_time next_look_{};
    steady_time next_trim_{};
};

}  // namespace herdgate
