// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/cli.hpp"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <map>
#include <utility>
#include <vector>

#include "../demo/demo.hpp"
#include "herdgate/core/config/json_schema.hpp"
#include "herdgate/core/config/units.hpp"
#include "herdgate/core/session/explanation.hpp"
#include "herdgate/io/diagnostic_format.hpp"
#include "probe_commands.hpp"

namespace herdgate {
namespace {

/// What the flags said.
struct arguments {
    std::string file;
    std::string key;
    std::string admin;
    std::string upstream;
    std::string log_level;
    std::string role;
    std::vector<std::string> listen;
    std::vector<std::string> settings;
    diagnostic_format format = diagnostic_format::text;
    bool strict = false;
    probe_arguments probe;
    demo_options demo;
};

struct streams {
    std::ostream& out;
    std::ostream& err;
};

void add_file(CLI::App& command, arguments& a) {
    command.add_option("-c,--config", a.file, "The configuration file")->required();
}

void add_settings(CLI::App& command, arguments& a) {
    command.add_option("--set", a.settings,
                       "One setting in place of the file's: log.level=debug, routes[0].ttl=5s");
}

/// An option whose value is written as in the configuration: 200ms, 60s.
void add_duration(CLI::App& command, const char* name, milliseconds& value, const char* text) {
    const auto take = [&value](const std::string& given) {
        const auto parsed = parse_duration(given);
        if (!parsed) throw CLI::ValidationError("'" + given + "' " + parsed.error().message);
        value = milliseconds{*parsed};
    };
    command.add_option_function<std::string>(name, take, text);
}

void define_probes(CLI::App& app, probe_arguments& a) {
    CLI::App& health = *app.add_subcommand("healthcheck", "Ask a running daemon once; 0 or 1");
    CLI::App& wait = *app.add_subcommand("wait", "Wait until a running daemon is ready");
    for (CLI::App* command : {&health, &wait}) {
        command->add_option("--admin", a.admin, "Address of its admin server");
        command->add_option("-c,--config", a.file, "The configuration that names the address");
    }
    health.add_option("--path", a.path, "What to ask: /livez, /readyz or /startup");
    add_duration(wait, "--timeout", a.timeout, "How long to wait: 60s");
}

void define_demo(CLI::App& app, demo_options& a) {
    CLI::App& demo = *app.add_subcommand("demo", "Measure a herd with and without herdgate");
    demo.add_option("--redis", a.redis, "URL of a Redis that may be written to: the fleet's lease");
    demo.add_option("--processes", a.processes, "How many processes")->check(CLI::Range(1, 64));
    demo.add_option("--clients", a.clients, "Clients of each")->check(CLI::Range(1, 4000));
    add_duration(demo, "--load", a.load, "How long a load takes: 200ms");
    demo.add_option("--svg", a.svg, "A file to draw the origin's calls to");
}

void define(CLI::App& app, arguments& a) {
    app.require_subcommand(1);
    define_probes(app, a.probe);
    define_demo(app, a.demo);
    CLI::App& check = *app.add_subcommand("check", "Say whether a configuration file is right");
    check.add_option("FILE", a.file, "The configuration file")->required();
    const std::map<std::string, diagnostic_format> formats{{"text", diagnostic_format::text},
                                                           {"json", diagnostic_format::json},
                                                           {"github", diagnostic_format::github}};
    check.add_option("--format", a.format, "text, json or github")
        ->transform(CLI::CheckedTransformer(formats));
    check.add_flag("--strict", a.strict, "Warnings are errors");
    add_settings(check, a);

    CLI::App& explain = *app.add_subcommand("explain", "Say what herdgate would do for a key");
    add_file(explain, a);
    explain.add_option("KEY", a.key, "The key")->required();
    add_settings(explain, a);

    CLI::App& run = *app.add_subcommand("run", "Run the daemon");
    add_file(run, a);
    run.add_option("--listen", a.listen, "Address to listen on, in place of the file's listen");
    run.add_option("--upstream", a.upstream, "URL of the Redis, in place of upstream.url");
    run.add_option("--admin", a.admin, "Address of the admin server");
    run.add_option("--log-level", a.log_level, "trace, debug, info, warn, error or off");
    run.add_option("--role", a.role, "all, proxy or worker, in place of fleet.role");
    add_settings(run, a);

    app.add_subcommand("schema", "Print the JSON Schema of the configuration file");
    app.add_subcommand("version", "Print the version");
}

boost::system::result<config_overrides, text_error> overrides_of(const arguments& a) {
    config_overrides overrides;
    overrides.listen = a.listen;
    for (const std::string& text : a.settings) {
        auto change = parse_override(text);
        if (!change) return change.error();
        overrides.settings.push_back(*std::move(change));
    }
    if (!a.upstream.empty()) overrides.settings.push_back({"upstream.url", a.upstream});
    if (!a.admin.empty()) overrides.settings.push_back({"admin.address", a.admin});
    if (!a.role.empty()) overrides.settings.push_back({"fleet.role", a.role});
    if (!a.log_level.empty()) overrides.settings.push_back({"log.level", a.log_level});
    return overrides;
}

int check(const config_file_report& report, const arguments& a, const streams& to) {
    const bool text = a.format == diagnostic_format::text;
    (text ? to.err : to.out) << format_diagnostics(report, a.format);
    const bool ok = report.value.has_value() && (!a.strict || report.diagnostics.empty());
    if (text && ok)
        to.out << report.path << ": ok, routes: " << report.value->routes.size() << "\n";
    return ok ? exit_ok : exit_usage;
}

int with_file(const CLI::App& app, const arguments& a, const daemon_function& run_daemon,
              const streams& to) {
    auto overrides = overrides_of(a);
    if (!overrides) {
        to.err << "--set: " << overrides.error().message << "\nhint: " << overrides.error().hint
               << "\n";
        return exit_usage;
    }
    const config_file_report report = load_config_file(a.file, *overrides);
    if (app.got_subcommand("check")) return check(report, a, to);
    to.err << format_diagnostics(report, diagnostic_format::text);
    if (!report.value) return exit_usage;
    if (app.got_subcommand("explain")) {
        to.out << explain(*report.value, a.key);
        return exit_ok;
    }
    return run_daemon(*report.value, run_options{a.file, *std::move(overrides)});
}

}  // namespace

int run_cli(int argc, const char* const* argv, const daemon_function& run_daemon, std::ostream& out,
            std::ostream& err) {
    arguments a;
    CLI::App app{"herdgate: a RESP proxy with read-through routes", "herdgate"};
    define(app, a);
    try {
        app.parse(argc, argv);
        if (app.got_subcommand("version")) {
            out << "herdgate " << HERDGATE_VERSION << "\n";
            return exit_ok;
        }
        if (app.got_subcommand("schema")) {
            out << json_schema();
            return exit_ok;
        }
        if (app.got_subcommand("healthcheck")) return healthcheck(a.probe, out, err);
        if (app.got_subcommand("wait")) return wait_until_ready(a.probe, out, err);
        if (app.got_subcommand("demo")) return run_demo(a.demo, out, err);
        return with_file(app, a, run_daemon, {out, err});
    } catch (const CLI::ParseError& e) {
        return app.exit(e, out, err) == 0 ? exit_ok : exit_usage;
    } catch (const std::exception& e) {
        err << "herdgate: " << e.what() << "\n";
        return exit_runtime;
    }
}

int run_cli(int argc, const char* const* argv, const daemon_function& run_daemon) {
    return run_cli(argc, argv, run_daemon, std::cout, std::cerr);
}

}  // namespace herdgate
