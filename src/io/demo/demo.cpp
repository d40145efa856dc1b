// SPDX-License-Identifier: Apache-2.0
#include "demo.hpp"

#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <random>
#include <stdexcept>
#include <system_error>

#include "child_daemon.hpp"
#include "counting_origin.hpp"
#include "figures.hpp"
#include "herd.hpp"
#include "herdgate/core/config/units.hpp"
#include "herdgate/io/cli.hpp"

namespace herdgate {
namespace {

namespace asio = boost::asio;
using clock = std::chrono::steady_clock;

constexpr seconds ttl{1};
/// After a burst or an expiry, before the next step: what still comes belongs to what was.
constexpr milliseconds pause{200};
/// Beyond the load itself: for the waits and time-outs of the daemons.
constexpr milliseconds patience{15'000};
constexpr std::size_t files_besides_clients = 200;

/// A folder of ours alone, gone at the end.
class temporary_folder {
  public:
    temporary_folder()
        : name_((std::filesystem::temp_directory_path() / "herdgate-demo-XXXXXX").string()) {
        if (::mkdtemp(name_.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), name_);
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(name_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    std::string file(std::size_t number) const {
        return name_ + "/" + std::to_string(number) + ".yaml";
    }

  private:
    std::string name_;
};

/// One way of asking.
struct plan {
    const char* name;
    bool read_through;  ///< else cache-aside clients on one daemon without routes
    bool shared;        ///< entries are in the Redis that was given
};

class demo {
  public:
    demo(const demo_options& options, std::ostream& out) : options_(options), out_(out) {}

    /// False: interrupted.
    bool run();

  private:
    asio::awaitable<void> compare();
    asio::awaitable<case_figures> measure(plan p);
    std::string configuration(const plan& p) const;
    std::string title() const;

    const demo_options& options_;
    std::ostream& out_;
    temporary_folder folder_;
    std::size_t files_ = 0;
    asio::io_context io_{1};
    counting_origin origin_{io_, options_.load};
    const std::string id_ = std::to_string(std::random_device{}());
    std::vector<case_figures> measured_;
};

/// `$` begins a substitution in a configuration.
std::string literal(const std::string& text) {
    std::string doubled;
    for (const char c : text) doubled += c == '$' ? "$$" : std::string{c};
    return doubled;
}

std::string duration(milliseconds span) {
    return format_duration(span.count());
}

/// JSON, which is YAML.
std::string demo::configuration(const plan& p) const {
    nlohmann::json c = {{"listen", {{{"address", "127.0.0.1:0"}}}},
                        {"admin", {{"address", "none"}}},
                        {"workers", 1},
                        {"drain", "1s"},
                        {"routes", nlohmann::json::array()}};
    if (p.shared) c["upstream"]["url"] = literal(options_.redis);
    if (!p.read_through) return c.dump();
    const std::string limit = duration(options_.load + patience);
    const std::string url = "http://127.0.0.1:" + std::to_string(origin_.port()) + "/{id}";
    c["routes"].push_back({{"name", "demo"},
                           {"match", "herdgate-demo:{id}"},
                           {"load", {{"http", {{"url", url}, {"timeout", limit}}}}},
                           {"ttl", duration(ttl)},
                           {"stale", {{"while_revalidate", limit}, {"if_error", limit}}},
                           {"wait", {{"timeout", limit}}}});
    return c.dump();
}

asio::awaitable<case_figures> demo::measure(plan p) {
    std::vector<std::unique_ptr<child_daemon>> daemons;
    const std::string key = "herdgate-demo:" + id_;
    const std::uint16_t own_loads = p.read_through ? std::uint16_t{0} : origin_.port();
    herd clients{io_, herd::task{key, own_loads, ttl}};
    const std::size_t count = p.read_through ? options_.processes : 1;
    for (std::size_t i = 0; i < count; ++i) {
        daemons.push_back(
            std::make_unique<child_daemon>(io_, folder_.file(++files_), configuration(p)));
        co_await daemons.back()->ready();
        co_await clients.connect(daemons.back()->port(),
                                 options_.processes * options_.clients / count);
    }
    case_figures figures{p.name, {}, {}, {}};
    const std::size_t calls_before = origin_.calls().size();
    const auto began = clock::now();
    asio::steady_timer timer{io_};
    for (const char* what : {"cold", "expired"}) {
        const std::size_t before = origin_.calls().size();
        figures.bursts_at.push_back(clock::now() - began);
        auto waits = co_await clients.ask();
        timer.expires_after(options_.load + pause);  // refreshes go on behind the answers
        co_await timer.async_wait(asio::use_awaitable);
        figures.bursts.push_back({what, origin_.calls().size() - before, std::move(waits)});
        timer.expires_after(ttl);
        if (figures.bursts.size() == 1) co_await timer.async_wait(asio::use_awaitable);
    }
    for (std::size_t i = calls_before; i < origin_.calls().size(); ++i)
        figures.calls.push_back(origin_.calls()[i] - began);
    co_await clients.forget();
    co_return figures;
}

asio::awaitable<void> demo::compare() {
    const bool redis = !options_.redis.empty();
    std::vector<plan> plans{{"unprotected", false, redis},
                            {"coalesced in each process", true, false}};
    if (redis) plans.push_back({"the fleet's lease", true, true});
    out_ << title() << "\n\n" << table_head() << std::flush;
    for (const plan& p : plans) {
        measured_.push_back(co_await measure(p));
        out_ << table_rows(measured_.back()) << std::flush;
    }
    out_ << "\nunprotected: clients look into a shared cache, load what is missing, and store it"
            "\ncoalesced, lease: GET through herdgate; an expired value is served while one load "
            "replaces it\n";
    if (!redis) out_ << "the fleet's lease: needs --redis URL, a Redis that may be written to\n";
}

std::string demo::title() const {
    return std::to_string(options_.processes) + " processes x " + std::to_string(options_.clients) +
           " clients ask for one key at once; a load takes " + duration(options_.load) +
           ", a value is fresh for " + duration(ttl);
}

bool demo::run() {
    std::exception_ptr failure;
    bool finished = false;
    asio::signal_set signals{io_, SIGINT, SIGTERM};
    signals.async_wait([this](const boost::system::error_code& error, int) {
        if (!error) io_.stop();
    });
    asio::co_spawn(io_, compare(), [&](std::exception_ptr problem) {
        failure = std::move(problem);
        finished = true;
        io_.stop();
    });
    io_.run();
    if (failure) std::rethrow_exception(failure);
    if (finished && !options_.svg.empty()) {
        std::ofstream file{options_.svg};
        file << draw(measured_, title());
        if (!file.flush()) throw std::runtime_error("cannot write " + options_.svg);
        out_ << "drawn: " << options_.svg << "\n";
    }
    return finished;
}

/// Why so many clients are too many; empty if they are not.
std::string too_many(const demo_options& options) {
    const std::size_t clients = options.processes * options.clients;
    if (clients == 0) return "there must be a process and a client";
    if (clients > demo_clients_max)
        return "more than " + std::to_string(demo_clients_max) + " clients in all";
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return {};
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    // A client has a connection, and unprotected another to the origin, which has its other end.
    const std::size_t needed = 3 * clients + files_besides_clients;
    return needed <= files.rlim_max ? std::string{}
                                    : "needs " + std::to_string(needed) + " open files; " +
                                          std::to_string(files.rlim_max) + " are allowed";
}

}  // namespace

int run_demo(const demo_options& options, std::ostream& out, std::ostream& err) {
    if (const std::string why = too_many(options); !why.empty()) {
        err << "herdgate demo: " << why << "\n";
        return exit_usage;
    }
    try {
        if (demo{options, out}.run()) return exit_ok;
        err << "herdgate demo: interrupted\n";
    } catch (const std::exception& e) {
        err << "herdgate demo: " << e.what() << "\n";
    }
    return exit_runtime;
}

}  // namespace herdgate
