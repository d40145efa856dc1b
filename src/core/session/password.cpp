// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/password.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <string>

#include "herdgate/core/base/assert.hpp"

namespace herdgate {
namespace {

constexpr std::size_t digest_bytes = 32;
constexpr std::string_view digits = "0123456789abcdef";

bool is_hash(std::string_view text) {
    return text.size() == 1 + 2 * digest_bytes && text.front() == '#' &&
           text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

std::string hash_of(std::string_view text) {
    std::array<unsigned char, digest_bytes> digest{};
    const int done =
        EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    HERDGATE_ASSERT(done == 1);
    std::string hash = "#";
    for (const unsigned char byte : digest) {
        hash += digits[byte >> 4U];
        hash += digits[byte & 15U];
    }
    return hash;
}

bool same(std::string_view given, std::string_view expected) noexcept {
    unsigned difference = given.size() == expected.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const char other = expected.empty() ? '\0' : expected[i % expected.size()];
        difference |= static_cast<unsigned>(static_cast<unsigned char>(given[i]) ^
                                            static_cast<unsigned char>(other));
    }
    return difference == 0;
}

}  // namespace

bool is_password(std::string_view given, std::string_view expected) {
    if (!is_hash(expected)) return same(given, expected);
    std::string lower{expected};
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return same(hash_of(given), lower);
}

}  // namespace herdgate
