// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/config/upstream_url.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "../command/url_text.hpp"
#include "herdgate/core/config/addresses.hpp"
#include "herdgate/core/config/units.hpp"

namespace herdgate {
namespace {

constexpr std::size_t host_max = 253;
constexpr std::size_t unix_path_max = 107;  // sizeof(sockaddr_un::sun_path) less the final NUL
constexpr std::string_view example =
    "for example redis://127.0.0.1:6379/0, rediss://redis.internal or unix:///run/redis.sock";

std::optional<std::uint16_t> number(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0'))
        return std::nullopt;
    const auto value = parse_number(text);
    if (!value || *value > 65535) return std::nullopt;
    return static_cast<std::uint16_t>(*value);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

/// Reads one URL from left to right. Each step says false when it has set error_.
class url_reader {
  public:
    explicit url_reader(std::string_view text) : text_(text) {}

    boost::system::result<upstream_config, text_error> read() {
        if (!scheme()) return error_;
        return made_;
    }

  private:
    bool fail(std::size_t at, std::string message, std::string_view hint = example) {
        error_ = text_error{std::move(message), std::string{hint}, at};
        return false;
    }

    bool scheme() {
        if (text_.starts_with("unix:")) return unix_socket();
        for (const std::string_view planned : {"sentinel://", "cluster://"})
            if (text_.starts_with(planned))
                return fail(0, std::string{planned} + " is not supported by this version");
        made_.tls = text_.starts_with("rediss://");
        if (!made_.tls && !text_.starts_with("redis://")) return fail(0, "not an upstream's URL");
        const std::size_t from = made_.tls ? 9 : 8;
        const std::size_t end = std::min(text_.find_first_of("/?#", from), text_.size());
        return authority(from, end) && database(end);
    }

    // The host begins after the last '@'.
    bool authority(std::size_t from, std::size_t end) {
        const std::size_t at = text_.substr(0, end).rfind('@');
        if (at == std::string_view::npos || at < from) return host(from, end);
        return userinfo(from, at) && host(at + 1, end);
    }

    bool userinfo(std::size_t from, std::size_t end) {
        const std::string_view info = text_.substr(from, end - from);
        const std::size_t colon = info.find(':');
        if (colon == std::string_view::npos)
            return fail(from, "a user without a password",
                        "user:password@ or, without a user, :password@");
        auto user = percent_decoded(info.substr(0, colon));
        auto password = percent_decoded(info.substr(colon + 1));
        if (!user || !password)
            return fail(from, "'%' without two hexadecimal digits in the user or the password",
                        "%25 stands for a percent sign");
        if (password->empty()) return fail(from, "an empty password");
        made_.username = *std::move(user);
        made_.password = *std::move(password);
        return true;
    }

    bool host(std::size_t from, std::size_t end) {
        std::string_view rest = text_.substr(from, end - from);
        if (rest.starts_with('[')) {
            const std::size_t close = std::min(rest.find(']'), rest.size());
            made_.host = rest.substr(1, close - 1);
            if (close == rest.size() || !is_ipv6(made_.host))
                return fail(from, "not an IPv6 address in brackets", "for example [::1]");
            rest.remove_prefix(close + 1);
            if (!rest.empty() && !rest.starts_with(':')) return fail(from, "not a host");
        } else {
            const std::size_t colon = std::min(rest.find(':'), rest.size());
            made_.host = rest.substr(0, colon);
            rest.remove_prefix(colon);
            const auto usable = [](char c) {
                return url_text::alphanumeric(c) || c == '-' || c == '.' || c == '_';
            };
            if (made_.host.empty()) return fail(from, "the host is missing");
            if (made_.host.size() > host_max ||
                !std::all_of(made_.host.begin(), made_.host.end(), usable))
                return fail(from, "not a host",
                            "a name or an IP address; in a user or a password, write %40 for '@', "
                            "%2F for '/', %3A for ':'");
        }
        return port(rest, end - rest.size());
    }

    bool port(std::string_view rest, std::size_t at) {
        if (rest.empty()) return true;
        const auto value = number(rest.substr(1));
        if (!value || *value == 0) return fail(at + 1, "the port must be from 1 to 65535");
        made_.port = *value;
        return true;
    }

    bool database(std::size_t from) {
        if (from == text_.size() || text_.substr(from) == "/") return true;
        if (text_[from] != '/')
            return fail(from, "this URL has no parameters", "the database is /0, /1, …");
        return database_number(from + 1);
    }

    bool database_number(std::size_t from) {
        const auto value = number(text_.substr(from));
        if (!value) return fail(from, "the database must be a number from 0 to 65535");
        made_.database = *value;
        return true;
    }

    bool unix_socket() {
        constexpr std::string_view parameter = "?db=";
        std::size_t from = 5;
        if (text_.substr(from).starts_with("//")) from += 2;
        const std::size_t end = std::min(text_.find('?'), text_.size());
        const std::string_view path = text_.substr(from, end - from);
        if (!path.starts_with('/'))
            return fail(from, "a unix socket's path begins with '/'", "unix:///run/redis.sock");
        if (path.find('\0') != std::string_view::npos) return fail(from, "not a path");
        if (path.size() > unix_path_max) return fail(from, "a path longer than 107 bytes");
        made_.unix_path = path;
        if (end == text_.size()) return true;
        if (!text_.substr(end).starts_with(parameter))
            return fail(end, "the only parameter is 'db'", "unix:///run/redis.sock?db=1");
        return database_number(end + parameter.size());
    }

    std::string_view text_;
    upstream_config made_;
    text_error error_;
};

}  // namespace

boost::system::result<upstream_config, text_error> parse_upstream_url(std::string_view text) {
    return url_reader{text}.read();
}

}  // namespace herdgate
