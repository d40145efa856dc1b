// SPDX-License-Identifier: Apache-2.0
//
// validators: what an origin recognises a version of its answer by (RFC 9110, section 8.8).
#pragma once

#include <string>

namespace herdgate {

/// As the origin wrote them; each may be empty. At most 256 printable bytes each: longer ones are
/// not kept.
struct validators {
    std::string etag;
    std::string last_modified;

    bool operator==(const validators&) const = default;
};

}  // namespace herdgate
