// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/command_loader.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "command_run.hpp"
#include "herdgate/core/base/assert.hpp"
#include "herdgate/core/config/config.hpp"
#include "spawn.hpp"
#include "worker_pool.hpp"

namespace herdgate {

namespace {

constexpr std::size_t scratch_bytes = 64 * 1024;  ///< what a pipe holds
constexpr milliseconds grace{200};                ///< for kept programs, at the end

std::string path_variable() {
    const char* path = std::getenv("PATH");
    return std::string("PATH=") + (path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
}

/// The renderer has seen to this; a zero byte would cut an argument short, so the last door looks
/// again.
bool holds_zero_byte(const std::vector<std::string>& strings) {
    return std::any_of(strings.begin(), strings.end(),
                       [](const std::string& s) { return s.find('\0') != std::string::npos; });
}

bool sets_path(const std::vector<std::string>& env) {
    return std::any_of(env.begin(), env.end(),
                       [](const std::string& s) { return s.starts_with("PATH="); });
}

}  // namespace

command_loader::command_loader(boost::asio::io_context& io, load_sink& sink,
                               stderr_observer on_stderr, process_observer on_process)
    : io_(io),
      reporter_(io, sink),
      on_stderr_(std::move(on_stderr)),
      path_(path_variable()),
      scratch_(scratch_bytes),
      on_process_(std::move(on_process)) {}

command_loader::~command_loader() {
    for (const auto& [id, r] : runs_) r->abandon();
    for (const auto& [spec, pool] : pools_) pool->close();
    const auto closed = std::chrono::steady_clock::now();
    for (const auto& [spec, pool] : pools_) pool->farewell(closed + grace, closed + 2 * grace);
}

std::size_t command_loader::running() const {
    std::size_t count = runs_.size();
    for (const auto& [spec, pool] : pools_) count += pool->running();
    return count;
}

void command_loader::start(load_id id, load_call call) {
    HERDGATE_ASSERT(std::holds_alternative<command_call>(call));
    command_call& command = std::get<command_call>(call);
    HERDGATE_ASSERT(!command.argv.empty());
    if (holds_zero_byte(command.argv) || holds_zero_byte(command.env)) {
        reporter_.report(id, load_outcome::error, "argument with a zero byte");
        return;
    }
    if (!sets_path(command.env)) command.env.push_back(path_);

    if (command.spec->worker) {
        std::shared_ptr<worker_pool>& pool = pools_[command.spec];
        if (pool == nullptr) pool = std::make_shared<worker_pool>(*this, *command.spec);
        return pool->ask(id, std::move(command));
    }
    const std::string* input = command.spec->stdin_key ? &command.input : nullptr;
    auto child = spawn({command.argv, command.env, input, static_cast<bool>(on_stderr_)});
    boost::system::error_code error;
    if (child) {
        const auto started = std::make_shared<run>(*this, id, *command.spec);
        error = started->begin(*std::move(child));
        if (!error) {
            const bool is_new = runs_.emplace(id, started).second;
            HERDGATE_ASSERT(is_new);
        }
    } else {
        error = child.error();
    }
    if (error) {
        reporter_.report(
            id, load_outcome::error,
            "cannot start '" + program_name(command.argv.front()) + "': " + error.message());
    }
}

}  // namespace herdgate
