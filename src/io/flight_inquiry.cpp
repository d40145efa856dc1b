// SPDX-License-Identifier: Apache-2.0
#include "flight_inquiry.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "herdgate/core/session/reports.hpp"
#include "worker.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;

constexpr auto patience = std::chrono::seconds{2};

/// What has been answered. Touched on the asking thread only.
struct answers {
    answers(const asio::any_io_executor& asking, std::size_t workers)
        : done(asking, patience), missing(workers) {}
    asio::steady_timer done;
    std::size_t missing;
    std::vector<std::string> parts;
};

/// Hears one worker's answer on that worker's thread, and takes it to the one that asked.
class answer_carrier final : public reader {
  public:
    answer_carrier(asio::any_io_executor asking, std::shared_ptr<answers> to)
        : asking_(std::move(asking)), to_(std::move(to)) {}

    void on_read(std::uint32_t, const read_result& result) override {
        auto take = [to = to_, text = std::string{result.value.view()}]() mutable {
            to->parts.push_back(std::move(text));
            if (--to->missing == 0) to->done.cancel();
        };
        asio::post(asking_, std::move(take));
    }

  private:
    asio::any_io_executor asking_;
    std::shared_ptr<answers> to_;
};

}  // namespace

asio::awaitable<std::string> inquire_flights(const std::vector<std::unique_ptr<worker>>* workers) {
    const asio::any_io_executor asking = co_await asio::this_coro::executor;
    const auto all = std::make_shared<answers>(asking, workers->size());
    for (std::uint32_t i = 0; i < workers->size(); ++i) {
        waiter who{std::make_shared<answer_carrier>(asking, all), 0, i, steady_time::max()};
        std::vector<engine_message> one;
        one.push_back(message::describe{message::describe::subject::flights, std::move(who)});
        (*workers)[i]->deliver(std::move(one));
    }
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await all->done.async_wait(token);
    const std::vector<std::string_view> parts{all->parts.begin(), all->parts.end()};
    co_return joined_reports(parts, listed_flights_max);
}

}  // namespace herdgate
