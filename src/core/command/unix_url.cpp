// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/command/unix_url.hpp"

#include <algorithm>
#include <string_view>

namespace herdgate {
namespace {

constexpr std::string_view scheme = "http://unix:";
constexpr std::string_view example = "http://unix:/run/app.sock:/path/{capture}";

}  // namespace

boost::system::result<std::string, text_error> take_unix_socket(text_template& url) {
    std::string_view head = url.head();
    const auto wrong = [](std::string what) {
        return text_error{std::move(what), "for example " + std::string{example}, 0};
    };
    if (head.starts_with("https://unix:/")) return wrong("TLS by a unix socket");
    if (!head.starts_with(scheme) || !head.substr(scheme.size()).starts_with('/'))
        return std::string{};
    head.remove_prefix(scheme.size());
    const auto end = head.find(':');
    if (end == std::string_view::npos)
        return wrong("the socket's path in the URL is not literal, or no ':' comes after it");
    std::string socket{head.substr(0, end)};
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (socket.size() < 2 || socket.size() > unix_path_bytes_max ||
        std::any_of(socket.begin(), socket.end(), control))
        return wrong("the socket's path in the URL must have 2 to 107 bytes");
    if (!head.substr(end + 1).starts_with('/'))
        return wrong("what comes after the socket in the URL must start with '/'");
    url.pieces.front().literal = "http://localhost" + std::string{head.substr(end + 1)};
    return socket;
}

}  // namespace herdgate
