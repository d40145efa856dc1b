// SPDX-License-Identifier: Apache-2.0
//
// diagnostic: one thing that is wrong, or doubtful, in a configuration, and where. Never holds a
// substituted value: what came from the environment or from a file may be a secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace herdgate {

/// A place in the configuration file. Lines and columns (bytes) count from 1; line 0: not in the
/// file (a --set flag).
struct source_place {
    std::size_t line = 0;
    std::size_t column = 0;
    std::size_t length = 1;  ///< bytes from there that the caret line underlines

    bool operator==(const source_place&) const = default;
};

enum class severity : std::uint8_t { error, warning };

struct diagnostic {
    severity level = severity::error;
    source_place at;
    std::string message;   ///< starts in lower case, no full stop
    std::string hint;      ///< how to put it right; may be empty
    std::string path;      ///< of the setting: "routes[2].ttl"; empty for the file as a whole
    bool quotable = true;  ///< false where the source line may hold a secret: it is not shown

    bool operator==(const diagnostic&) const = default;
};

}  // namespace herdgate
