// SPDX-License-Identifier: Apache-2.0
#include "herdgate/io/address_policy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace herdgate {

namespace {

constexpr std::size_t v4_offset = 12;
constexpr unsigned v4_bits = 96;

using address_bytes = std::array<std::uint8_t, 16>;

constexpr address_bytes mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr address_bytes nat64_prefix{0x00, 0x64, 0xff, 0x9b};
constexpr address_bytes compatible_prefix{};

bool same_first_96_bits(const address_bytes& a, const address_bytes& b) {
    return std::equal(a.begin(), a.begin() + v4_offset, b.begin());
}

/// :: and ::1 look like IPv4-compatible addresses and are not.
bool unspecified_or_loopback(const address_bytes& bytes) {
    return std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t b) { return b == 0; }) &&
           bytes.back() <= 1;
}

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
    const std::string plain(text.substr(0, text.find('%')));
    std::array<std::uint8_t, 4> v4{};
    if (::inet_pton(AF_INET, plain.c_str(), v4.data()) == 1) return from_v4(v4);
    address_bytes v6{};
    if (::inet_pton(AF_INET6, plain.c_str(), v6.data()) == 1) return from_v6(v6);
    return std::nullopt;
}

ip_address ip_address::from_v4(const std::array<std::uint8_t, 4>& bytes) {
    ip_address result;
    result.bytes_ = mapped_prefix;
    std::copy(bytes.begin(), bytes.end(), result.bytes_.begin() + v4_offset);
    return result;
}

ip_address ip_address::from_v6(const std::array<std::uint8_t, 16>& bytes) {
    ip_address result;
    result.bytes_ = bytes;
    const bool embeds_v4 =
        same_first_96_bits(bytes, nat64_prefix) ||
        (same_first_96_bits(bytes, compatible_prefix) && !unspecified_or_loopback(bytes));
    if (embeds_v4) std::copy_n(mapped_prefix.begin(), v4_offset, result.bytes_.begin());
    return result;
}

std::string ip_address::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4()) {
        ::inet_ntop(AF_INET, bytes_.data() + v4_offset, text.data(), text.size());
    } else {
        ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
    }
    return text.data();
}

bool ip_address::is_v4() const {
    return same_first_96_bits(bytes_, mapped_prefix);
}

bool ip_address::within(const ip_address& network, unsigned bits) const {
    const std::size_t whole = bits / 8;
    if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole),
                    network.bytes_.begin())) {
        return false;
    }
    const unsigned rest = bits % 8;
    if (rest == 0) return true;
    const unsigned mask = 0xffU << (8 - rest) & 0xffU;
    return ((bytes_[whole] ^ network.bytes_[whole]) & mask) == 0;
}

std::optional<ip_network> ip_network::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view address_text = text.substr(0, slash);
    const std::optional<ip_address> address = ip_address::parse(address_text);
    if (!address) return std::nullopt;

    const bool written_as_v4 = address_text.find(':') == std::string_view::npos;
    const unsigned limit = written_as_v4 ? 128 - v4_bits : 128;
    unsigned bits = limit;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const char* end = digits.data() + digits.size();
        const auto [stopped, error] = std::from_chars(digits.data(), end, bits);
        if (error != std::errc{} || stopped != end || bits > limit) return std::nullopt;
    }
    return ip_network{*address, written_as_v4 ? bits + v4_bits : bits};
}

std::optional<address_policy> address_policy::parse(const std::vector<std::string>& allowed) {
    std::vector<ip_network> networks;
    networks.reserve(allowed.size());
    for (const std::string& text : allowed) {
        const std::optional<ip_network> network = ip_network::parse(text);
        if (!network) return std::nullopt;
        networks.push_back(*network);
    }
    return address_policy(std::move(networks));
}

bool address_policy::refuses(const ip_address& address) const {
    static const std::vector<ip_network> refused = [] {
        std::vector<ip_network> networks;
        for (const std::string_view text : {"169.254.0.0/16", "fe80::/10", "fd00:ec2::254"}) {
            networks.push_back(ip_network::parse(text).value());
        }
        return networks;
    }();
    const auto holds = [&](const ip_network& n) { return address.within(n.address, n.bits); };
    return std::any_of(refused.begin(), refused.end(), holds) &&
           std::none_of(allowed_.begin(), allowed_.end(), holds);
}

}  // namespace herdgate
