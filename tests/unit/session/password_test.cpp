// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/session/password.hpp"

#include <gtest/gtest.h>

#include <string>

namespace herdgate::test {
namespace {

// FIPS 180-4's example: SHA-256 of "abc".
const std::string hash_of_abc = "#ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(password, is_the_one_that_is_written) {
    EXPECT_TRUE(is_password("secret", "secret"));
    for (const char* const wrong : {"", "secre", "secret ", "Secret", "secretsecret"})
        EXPECT_FALSE(is_password(wrong, "secret")) << wrong;
    EXPECT_FALSE(is_password("x", ""));
}

TEST(password, is_the_one_whose_hash_is_written) {
    EXPECT_TRUE(is_password("abc", hash_of_abc));
    EXPECT_FALSE(is_password("abd", hash_of_abc));
    EXPECT_FALSE(is_password("", hash_of_abc));
    std::string upper = hash_of_abc;
    for (char& c : upper)
        if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    EXPECT_TRUE(is_password("abc", upper));
}

TEST(password, the_hash_itself_lets_nobody_in) {
    EXPECT_FALSE(is_password(hash_of_abc, hash_of_abc));
    EXPECT_FALSE(is_password(hash_of_abc.substr(1), hash_of_abc));
}

TEST(password, what_is_no_hash_is_a_password) {
    EXPECT_TRUE(is_password("#abc", "#abc"));
    const std::string shorter = hash_of_abc.substr(0, 64);
    EXPECT_TRUE(is_password(shorter, shorter));
}

}  // namespace
}  // namespace herdgate::test
