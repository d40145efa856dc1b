// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/config/addresses.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "herdgate/core/config/units.hpp"

namespace herdgate {
namespace {

constexpr std::size_t unix_path_max = 107;  // sizeof(sockaddr_un::sun_path) less the final NUL
constexpr std::string_view unix_scheme = "unix:";

std::optional<std::int64_t> small_number(std::string_view text, std::int64_t max) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0'))
        return std::nullopt;
    const auto number = parse_number(text);
    if (!number || *number > max) return std::nullopt;
    return *number;
}

boost::system::result<listen_address, text_error> unix_address(std::string_view path) {
    if (path.empty() || path.find('\0') != std::string_view::npos)
        return text_error{"has no usable path", {}, 0};
    if (path.size() > unix_path_max) return text_error{"has a path longer than 107 bytes", {}, 0};
    listen_address address;
    address.host.clear();
    address.port = 0;
    address.unix_path = path;
    return address;
}

// Counts the 16-bit groups of one side of '::'; nothing if it is malformed. An IPv4 tail counts as
// two.
std::optional<std::size_t> groups(std::string_view text, bool tail) {
    std::size_t count = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find(':'), text.size());
        const std::string_view group = text.substr(0, end);
        const bool last = end == text.size();
        const auto hex = [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        };
        if (last && tail && is_ipv4(group)) return count + 2;
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), hex))
            return std::nullopt;
        ++count;
        if (!last && end + 1 == text.size()) return std::nullopt;
        text.remove_prefix(last ? end : end + 1);
    }
    return count;
}

}  // namespace

bool is_ipv4(std::string_view text) {
    for (int part = 0; part < 4; ++part) {
        const auto end = part == 3 ? text.size() : text.find('.');
        if (end == std::string_view::npos || !small_number(text.substr(0, end), 255)) return false;
        text.remove_prefix(part == 3 ? end : end + 1);
    }
    return true;
}

bool is_ipv6(std::string_view text) {
    const auto gap = text.find("::");
    if (gap == std::string_view::npos) return groups(text, true) == std::optional<std::size_t>{8};
    const auto left = groups(text.substr(0, gap), false);
    const auto right = groups(text.substr(gap + 2), true);
    return left && right && *left + *right <= 7;
}

bool is_network(std::string_view text) {
    const auto slash = text.find('/');
    const std::string_view address = text.substr(0, slash);
    const bool v4 = is_ipv4(address);
    if (!v4 && !is_ipv6(address)) return false;
    return slash == std::string_view::npos ||
           small_number(text.substr(slash + 1), v4 ? 32 : 128).has_value();
}

boost::system::result<listen_address, text_error> parse_address(std::string_view text,
                                                                bool unix_allowed) {
    const std::string example = unix_allowed
                                    ? "127.0.0.1:6380, [::1]:6380 or unix:/run/herdgate.sock"
                                    : "127.0.0.1:9121 or [::1]:9121";
    const text_error wrong{"is not an address to listen on", "for example " + example, 0};
    if (text.starts_with(unix_scheme)) {
        if (unix_allowed) return unix_address(text.substr(unix_scheme.size()));
        return text_error{"cannot be a unix socket", wrong.hint, 0};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return text_error{wrong.message + ": the port is missing", wrong.hint, 0};
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (bracketed ? !is_ipv6(host) : host != "localhost" && !is_ipv4(host))
        return text_error{wrong.message + ": the host must be an IP address or 'localhost'",
                          wrong.hint, 0};
    const auto port = small_number(text.substr(colon + 1), 65535);
    if (!port)
        return text_error{wrong.message + ": the port must be from 0 to 65535", wrong.hint, 0};
    return listen_address{std::string{host}, static_cast<std::uint16_t>(*port), {}, {}};
}

bool is_local(const listen_address& address) {
    return !address.unix_path.empty() || address.host == "localhost" || address.host == "::1" ||
           address.host.starts_with("127.");
}

}  // namespace herdgate
