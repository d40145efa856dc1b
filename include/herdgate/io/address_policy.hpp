// SPDX-License-Identifier: Apache-2.0
//
// address_policy: which resolved addresses an HTTP load may connect to.
//
// A key can choose part of a URL, and a name can resolve to anything; so the address is judged, not
// the name. Refused are link-local addresses (where clouds serve credentials to whoever asks) and
// the well-known metadata address of IPv6:
//
//     169.254.0.0/16     fe80::/10     fd00:ec2::254
//
// in every spelling: an IPv4 address is the same when it comes mapped (::ffff:a.b.c.d), compatible
// (::a.b.c.d) or behind NAT64 (64:ff9b::a.b.c.d). A route may take networks off this list. Loopback
// and private networks are not refused: that is where the origins of a sidecar live.
//
// Pure: no resolver, no socket. Immutable after construction.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herdgate {

/// An address in its 16-byte form; IPv4 is held as mapped (::ffff:a.b.c.d), so that each address
/// has one form only.
class ip_address {
  public:
    /// From text: "127.0.0.1", "::1"; a zone ("fe80::1%eth0") is ignored.
    static std::optional<ip_address> parse(std::string_view text);

    static ip_address from_v4(const std::array<std::uint8_t, 4>& bytes);
    static ip_address from_v6(const std::array<std::uint8_t, 16>& bytes);

    /// The usual text; IPv4 in dotted form.
    std::string to_string() const;

    bool is_v4() const;

    /// Whether the first `bits` (0..128, counted in the 16-byte form) are those of `network`.
    bool within(const ip_address& network, unsigned bits) const;

  private:
    std::array<std::uint8_t, 16> bytes_{};
};

/// A network in CIDR notation.
struct ip_network {
    ip_address address;
    unsigned bits = 128;  ///< in the 16-byte form: 96 more than written, for IPv4

    /// "169.254.169.254", "169.254.0.0/16", "fd00:ec2::254/128". Bits beyond the prefix are
    /// ignored.
    static std::optional<ip_network> parse(std::string_view text);
};

class address_policy {
  public:
    /// `allowed` is taken off the list of what is refused.
    explicit address_policy(std::vector<ip_network> allowed = {}) : allowed_(std::move(allowed)) {}

    /// From the configuration's text; empty if an entry is no network.
    static std::optional<address_policy> parse(const std::vector<std::string>& allowed);

    bool refuses(const ip_address& address) const;

  private:
    std::vector<ip_network> allowed_;
};

}  // namespace herdgate
