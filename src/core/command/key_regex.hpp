// SPDX-License-Identifier: Apache-2.0
//
// key_regex: the regular expression of a route, on RE2 (linear time, bytes). Keeps RE2's headers in
// one source file.
#pragma once

#include <boost/system/result.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/text_error.hpp"
#include "herdgate/core/command/route_pattern.hpp"

namespace herdgate {

class key_regex {
  public:
    /// `expression`: without "regex:". The error's offset is a byte of it.
    static boost::system::result<std::shared_ptr<const key_regex>, text_error> compile(
        std::string_view expression);

    virtual ~key_regex() = default;

    /// Whether the whole of `key` matches; appends what the named groups captured if `out` is
    /// given.
    virtual bool match(std::string_view key, captures* out) const = 0;

    /// The names of the named groups, in the order of their parentheses.
    virtual const std::vector<std::string>& names() const = 0;

    /// What every matching key starts with; may be shorter than it could be.
    virtual const std::string& prefix() const = 0;
};

}  // namespace herdgate
