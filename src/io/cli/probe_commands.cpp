// SPDX-License-Identifier: Apache-2.0
#include "probe_commands.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <thread>

#include "herdgate/core/config/addresses.hpp"
#include "herdgate/core/config/units.hpp"
#include "herdgate/io/cli.hpp"
#include "herdgate/io/diagnostic_format.hpp"
#include "probe.hpp"

namespace herdgate {
namespace {

constexpr milliseconds question_max{2000};
constexpr milliseconds between_questions{100};

/// Which admin server is meant; says why where there is none.
std::optional<listen_address> admin_of(const probe_arguments& a, std::ostream& err) {
    listen_address where;
    if (!a.admin.empty()) {
        const auto given = parse_address(a.admin, false);
        if (given && given->port != 0) return *given;
        const std::string why = given ? "needs a port" : given.error().message;
        err << "--admin: '" << a.admin << "' " << why << "\n";
        return std::nullopt;
    }
    config c;
    if (!a.file.empty()) {
        const config_file_report report = load_config_file(a.file);
        if (!report.value) {
            err << format_diagnostics(report, diagnostic_format::text);
            return std::nullopt;
        }
        c.admin = report.value->admin;
    }
    where.host = c.admin.host;
    where.port = c.admin.port;
    if (!where.host.empty() && where.port != 0) return where;
    err << a.file << ": admin.address names no port to ask; give --admin\n";
    return std::nullopt;
}

std::string told(const listen_address& admin, std::string_view path, const probe_answer& answer) {
    const bool v6 = admin.host.find(':') != std::string::npos;
    std::string text =
        "http://" + (v6 ? "[" + admin.host + "]" : admin.host) + ":" + std::to_string(admin.port);
    text.append(path).append(": ");
    if (answer.status != 0) text += std::to_string(answer.status) + " ";
    return text + answer.text + "\n";
}

}  // namespace

int healthcheck(const probe_arguments& a, std::ostream& out, std::ostream& err) {
    const auto admin = admin_of(a, err);
    if (!admin) return exit_runtime;
    const probe_answer answer = probe(*admin, a.path, question_max);
    const bool healthy = answer.status == 200;
    (healthy ? out : err) << told(*admin, a.path, answer);
    return healthy ? exit_ok : exit_runtime;
}

int wait_until_ready(const probe_arguments& a, std::ostream& out, std::ostream& err) {
    const auto admin = admin_of(a, err);
    if (!admin) return exit_usage;
    const auto deadline = std::chrono::steady_clock::now() + a.timeout;
    for (;;) {
        const auto left =
            std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        const probe_answer answer =
            probe(*admin, "/readyz", std::clamp(left, milliseconds{1}, question_max));
        if (answer.status == 200) {
            out << told(*admin, "/readyz", answer);
            return exit_ok;
        }
        if (std::chrono::steady_clock::now() + between_questions >= deadline) {
            err << "not ready after " << format_duration(a.timeout.count()) << ": "
                << told(*admin, "/readyz", answer);
            return exit_runtime;
        }
        std::this_thread::sleep_for(between_questions);
    }
}

}  // namespace herdgate
