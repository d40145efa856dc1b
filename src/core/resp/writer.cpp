// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/resp/writer.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace herdgate::resp {
namespace {

constexpr std::size_t error_bytes_max = 512;

void write_header(std::string& out, char type, std::int64_t value) {
    char text[24];
    text[0] = type;
    char* end = std::to_chars(text + 1, text + sizeof(text) - 2, value).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out.append(text, static_cast<std::size_t>(end - text));
}

void write_header(std::string& out, char type, std::size_t count) {
    write_header(out, type, static_cast<std::int64_t>(count));
}

}  // namespace

void write_simple(std::string& out, std::string_view text) {
    out += '+';
    out += text;
    out += "\r\n";
}

void write_error(std::string& out, std::string_view text) {
    text = text.substr(0, error_bytes_max);
    out += '-';
    const std::size_t begin = out.size();
    out += text;
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    out += "\r\n";
}

void write_integer(std::string& out, std::int64_t value) {
    write_header(out, ':', value);
}

void write_bulk(std::string& out, std::string_view bytes) {
    write_header(out, '$', bytes.size());
    out += bytes;
    out += "\r\n";
}

void write_null(std::string& out, protocol p) {
    out += p == protocol::resp3 ? "_\r\n" : "$-1\r\n";
}

void write_null_array(std::string& out, protocol p) {
    out += p == protocol::resp3 ? "_\r\n" : "*-1\r\n";
}

void write_array(std::string& out, std::size_t count) {
    write_header(out, '*', count);
}

void write_map(std::string& out, std::size_t pairs, protocol p) {
    if (p == protocol::resp3)
        write_header(out, '%', pairs);
    else
        write_header(out, '*', pairs * 2);
}

void write_set(std::string& out, std::size_t count, protocol p) {
    write_header(out, p == protocol::resp3 ? '~' : '*', count);
}

void write_boolean(std::string& out, bool value, protocol p) {
    if (p == protocol::resp3)
        out += value ? "#t\r\n" : "#f\r\n";
    else
        write_integer(out, value ? 1 : 0);
}

void write_double(std::string& out, double value, protocol p) {
    char text[64];
    std::string_view digits;
    if (std::isnan(value)) {
        digits = "nan";
    } else if (std::isinf(value)) {
        digits = value < 0 ? "-inf" : "inf";
    } else {
        const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
        digits = {text, static_cast<std::size_t>(end - text)};
    }
    if (p == protocol::resp2) return write_bulk(out, digits);
    out += ',';
    out += digits;
    out += "\r\n";
}

void write_text(std::string& out, std::string_view text, protocol p) {
    if (p == protocol::resp2) return write_bulk(out, text);
    write_header(out, '=', text.size() + 4);
    out += "txt:";
    out += text;
    out += "\r\n";
}

}  // namespace herdgate::resp
