// SPDX-License-Identifier: Apache-2.0
//
// What the templates of a load may look like. Run once, with the configuration; messages hold no
// text of the templates, which may contain secrets.
#include <algorithm>
#include <charconv>
#include <cstdint>

#include "herdgate/core/command/render.hpp"
#include "url_text.hpp"

namespace herdgate {
namespace {

using problem = std::optional<text_error>;

bool visible(char c) {
    return c > 0x20 && c < 0x7f;
}

bool url_byte(char c) {
    constexpr std::string_view others = "%:/?[]@!$&'()*+,;=";
    return url_text::unreserved(c) || others.find(c) != std::string_view::npos;
}

bool hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

problem literal_problem(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '#')
            return text_error{"a URL's fragment ('#') is never sent", "remove it, or write %23", 0};
        if (!url_byte(c))
            return text_error{"a character that a URL cannot hold", "percent-encode it", 0};
        if (c == '%' && (i + 2 >= text.size() || !hex(text[i + 1]) || !hex(text[i + 2])))
            return text_error{"'%' without two hexadecimal digits", "write %25 for a literal '%'",
                              0};
    }
    return std::nullopt;
}

problem port_problem(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0)
        return text_error{"the URL's port is not a number from 1 to 65535", {}, 0};
    return std::nullopt;
}

problem host_problem(std::string_view authority) {
    if (authority.find('@') != std::string_view::npos)
        return text_error{"a URL with a user in it", "send credentials in a header: Authorization",
                          0};
    std::string_view host = authority;
    std::string_view rest;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos)
            return text_error{"'[' without ']' in the URL's host", {}, 0};
        host = authority.substr(1, end - 1);
        rest = authority.substr(end + 1);
        const auto address_byte = [](char c) { return hex(c) || c == ':' || c == '.'; };
        if (!std::all_of(host.begin(), host.end(), address_byte))
            return text_error{"the URL's host is not an IPv6 address", {}, 0};
    } else {
        const auto colon = authority.find(':');
        host = authority.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
        const auto name_byte = [](char c) {
            return url_text::alphanumeric(c) || c == '-' || c == '.' || c == '_';
        };
        if (!std::all_of(host.begin(), host.end(), name_byte))
            return text_error{
                "the URL's host holds a character that host names cannot have", {}, 0};
    }
    if (host.empty()) return text_error{"the URL has no host", "http://host[:port]/path", 0};
    if (rest.empty()) return std::nullopt;
    if (!rest.starts_with(':')) return text_error{"text after the URL's host", {}, 0};
    return port_problem(rest.substr(1));
}

// Literal dot segments would be resolved away by the HTTP library, and shift what the captures
// fill.
problem path_problem(const text_template& url, std::size_t path) {
    std::string shape;
    for (const auto& piece : url.pieces) {
        shape += piece.literal;
        if (piece.capture != text_template::no_capture) shape += 'x';
    }
    std::string_view left = std::string_view{shape}.substr(path);
    left = left.substr(0, left.find('?'));
    while (!left.empty()) {
        const auto end = std::min(left.find('/'), left.size());
        if (url_text::dot_segment(left.substr(0, end)))
            return text_error{"a path segment '.' or '..' in the URL", "write the path without it",
                              0};
        left.remove_prefix(std::min(end + 1, left.size()));
    }
    return std::nullopt;
}

bool token_byte(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return url_text::alphanumeric(c) || others.find(c) != std::string_view::npos;
}

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

problem url_problem(const text_template& url) {
    const std::string_view head = url.head();
    std::size_t host = 0;
    if (head.starts_with("http://")) host = 7;
    if (head.starts_with("https://")) host = 8;
    if (host == 0) return text_error{"a URL starts with http:// or https://", {}, 0};
    const auto end = std::min(head.find_first_of("/?", host), head.size());
    if (end == head.size() && !url.is_literal())
        return text_error{"captures may come only after the URL's host and a '/'",
                          "http://host[:port]/{capture}", 0};
    for (const auto& piece : url.pieces) {
        if (auto found = literal_problem(piece.literal)) return found;
    }
    if (auto found = host_problem(head.substr(host, end - host))) return found;
    return path_problem(url, end);
}

problem header_problem(std::string_view name, const text_template& value) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), token_byte))
        return text_error{"not a header name", "letters, digits and '-'", 0};
    for (const std::string_view own : {"content-length", "transfer-encoding", "connection"}) {
        if (same_name(name, own))
            return text_error{"this header is herdgate's own affair", "remove it", 0};
    }
    bool blank = true;
    for (const auto& piece : value.pieces) {
        for (const char c : piece.literal) {
            const bool control =
                !visible(c) && c != ' ' && c != '\t' && static_cast<unsigned char>(c) < 0x80;
            if (control) return text_error{"a control byte in the value of a header", {}, 0};
        }
        blank = blank && piece.capture == text_template::no_capture &&
                piece.literal.find_first_not_of(" \t") == std::string::npos;
    }
    if (blank) return text_error{"the value of a header is empty", {}, 0};
    return std::nullopt;
}

problem argument_problem(const text_template& argument) {
    for (const auto& piece : argument.pieces) {
        if (piece.literal.find('\0') != std::string::npos) return text_error{"a NUL byte", {}, 0};
    }
    return std::nullopt;
}

problem program_problem(const text_template& program) {
    if (!program.is_literal())
        return text_error{"the program cannot come from the key", "captures go into its arguments",
                          0};
    const std::string_view text = program.head();
    if (text.empty()) return text_error{"the program is empty", {}, 0};
    if (text.front() != '/' && text.find('/') != std::string_view::npos)
        return text_error{"a relative path to a program",
                          "write an absolute path, or a name to look up in PATH", 0};
    return argument_problem(program);
}

problem variable_problem(std::string_view name, const text_template& value) {
    const auto byte = [](char c) { return url_text::alphanumeric(c) || c == '_'; };
    const bool digit_first = !name.empty() && name.front() >= '0' && name.front() <= '9';
    if (name.empty() || digit_first || !std::all_of(name.begin(), name.end(), byte))
        return text_error{"not a variable's name", "letters, digits and '_'", 0};
    return argument_problem(value);
}

}  // namespace herdgate
