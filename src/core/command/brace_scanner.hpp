// SPDX-License-Identifier: Apache-2.0
//
// brace_scanner: the grammar that patterns and templates share: literal text, {name}, {name*}, {{
// and }}. Hands out one part after the other; what the parts mean is the caller's affair.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "herdgate/core/base/text_error.hpp"

namespace herdgate {

class brace_scanner {
  public:
    /// A run of literal text, followed by a capture unless `name` is empty (then it is the end of
    /// the text).
    struct part {
        std::string literal;
        std::string name;
        bool rest = false;       ///< {name*}
        std::size_t offset = 0;  ///< of the capture's '{'
    };

    explicit brace_scanner(std::string_view text) : text_(text) {}

    bool done() const noexcept { return done_; }
    boost::system::result<part, text_error> next();

  private:
    boost::system::result<part, text_error> capture(part found);

    std::string_view text_;
    std::size_t at_ = 0;
    bool done_ = false;
};

}  // namespace herdgate
