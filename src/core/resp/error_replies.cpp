// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/resp/error_replies.hpp"

#include <algorithm>
#include <initializer_list>

namespace herdgate::resp::errors {
namespace {

std::string join(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text += part;
    return text;
}

std::string upper(std::string_view text) {
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return result;
}

}  // namespace

std::string unknown_command(std::span<const std::string_view> args) {
    constexpr std::size_t shown_bytes = 128;
    std::string shown;
    for (std::size_t i = 1; i < args.size() && shown.size() < shown_bytes; ++i)
        shown += join({"'", args[i].substr(0, shown_bytes - shown.size()), "' "});
    return join({"ERR unknown command '", args[0].substr(0, shown_bytes),
                 "', with args beginning with: ", shown});
}

std::string hello_syntax(std::string_view option) {
    return join({"ERR Syntax error in HELLO option '", option.substr(0, 128), "'"});
}

std::string unknown_client_info(std::string_view option) {
    return join({"ERR Unrecognized option '", option.substr(0, 128), "'"});
}

std::string bad_client_info(std::string_view option) {
    return join({"ERR ", option, " cannot contain spaces, newlines or special characters."});
}

std::string wrong_arity(std::string_view command) {
    return join({"ERR wrong number of arguments for '", command, "' command"});
}

std::string invalid_expire(std::string_view command) {
    return join({"ERR invalid expire time in '", command, "' command"});
}

std::string unsupported_option(std::string_view option) {
    return join({"ERR Unsupported option ", option.substr(0, 128)});
}

std::string unknown_subcommand(std::string_view subcommand, std::string_view command) {
    return join(
        {"ERR unknown subcommand '", subcommand.substr(0, 128), "'. Try ", command, " HELP."});
}

std::string needs_upstream(std::string_view command) {
    return join({"ERR herdgate: '", upper(command),
                 "' needs an upstream Redis (upstream.url is not set; this herdgate runs on its "
                 "embedded store)"});
}

std::string not_in_transaction(std::string_view command) {
    return "ERR herdgate: '" + std::string{command} + "' cannot be part of a transaction";
}

std::string not_while_watching(std::string_view command) {
    return "ERR herdgate: '" + std::string{command} +
           "' cannot be used on a routed key while keys are watched";
}

std::string not_on_route(std::string_view command, std::string_view route) {
    return join(
        {"ERR herdgate: '", upper(command), "' cannot be used on key of route '", route, "'"});
}

std::string write_rejected(std::string_view command, std::string_view route) {
    return join({"ERR herdgate: '", upper(command), "' is not allowed on keys of route '", route,
                 "' (writes: reject)"});
}

std::string no_route(std::string_view key) {
    return join({"ERR herdgate: no route claims the key '", key, "'"});
}

std::string too_many_keys(std::size_t most) {
    return join({"ERR herdgate: more than ", std::to_string(most), " keys at once"});
}

std::string load_failed(std::string_view route, std::string_view reason) {
    return join({"ERR herdgate: route '", route, "': load failed: ", reason});
}

std::string backing_off(std::string_view route, std::string_view reason, long long retry_in_ms) {
    return join({"ERR herdgate: route '", route, "': load failed: ", reason, "; next attempt in ",
                 std::to_string(retry_in_ms), " ms"});
}

std::string wait_timed_out(std::string_view route, long long waited_ms) {
    return join(
        {"ERR herdgate: route '", route, "': no value after ", std::to_string(waited_ms), " ms"});
}

std::string too_many_waiters(std::string_view route) {
    return join({"ERR herdgate: route '", route, "': too many clients wait for this key"});
}

std::string key_refused(std::string_view route, std::string_view reason) {
    return join({"ERR herdgate: route '", route, "': key refused: ", reason});
}

}  // namespace herdgate::resp::errors
