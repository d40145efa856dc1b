// SPDX-License-Identifier: Apache-2.0
//
// password: whether what a client says is a user's password.
#pragma once

#include <string_view>

namespace herdgate {

/// `expected`: the password, or, as in Redis's ACL, '#' and the 64 hexadecimal digits of its
/// SHA-256 (FIPS 180-4). The duration does not tell how much was right.
bool is_password(std::string_view given, std::string_view expected);

}  // namespace herdgate
