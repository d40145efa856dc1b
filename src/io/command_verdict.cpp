// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/command_verdict.hpp"

#include <sys/wait.h>

#include "herdgate/core/config/config.hpp"

namespace herdgate {

namespace {

constexpr std::size_t name_bytes = 60;

command_verdict by_status(int status, const std::optional<int>& absent_exit) {
    if (WIFSIGNALED(status)) {
        return {load_outcome::error, "killed by signal " + std::to_string(WTERMSIG(status))};
    }
    const int code = WEXITSTATUS(status);
    if (code == absent_exit) return {load_outcome::absent, {}};
    if (code == 0) return {load_outcome::ok, {}};
    return {load_outcome::error, "exit status " + std::to_string(code)};
}

}  // namespace

command_verdict judge(const command_ending& ending, const command_load& terms) {
    if (ending.too_large) {
        return {load_outcome::error,
                "output larger than " + std::to_string(terms.max_output) + " bytes"};
    }
    if (ending.timed_out) {
        return {load_outcome::timeout,
                "not finished within " + std::to_string(terms.timeout.count()) + " ms"};
    }
    if (!ending.wait_status) return {load_outcome::error, "exit status unknown"};
    return by_status(*ending.wait_status, terms.absent_exit);
}

std::string program_name(std::string_view path) {
    const std::size_t slash = path.find_last_of('/');
    if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
    return std::string(path.substr(0, name_bytes));
}

}  // namespace herdgate
