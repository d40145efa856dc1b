// SPDX-License-Identifier: Apache-2.0
//
// diagnostic_list: collects what is wrong while a configuration is decoded. Knows which settings
// are secrets, so that neither messages nor quoted lines show them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "draft.hpp"
#include "herdgate/core/base/text_error.hpp"
#include "herdgate/core/config/diagnostic.hpp"

namespace herdgate {

class diagnostic_list {
  public:
    void error(const config_node& at, std::string path, std::string message, std::string hint = {});
    void warning(const config_node& at, std::string path, std::string message,
                 std::string hint = {});

    /// An error within a scalar's text: points at the very byte where the text stands in the file
    /// as it is.
    void error_in(const config_scalar& scalar, const text_error& what);

    bool failed() const noexcept { return failed_; }

    /// By line and column.
    std::vector<diagnostic> take();

  private:
    void add(diagnostic d);

    std::vector<diagnostic> list_;
    bool failed_ = false;
};

/// Whether values at this path are likely to be secrets.
bool is_secret(std::string_view path);

/// A text for a message: in quotes, printable, at most 60 bytes.
std::string quoted_text(std::string_view text);

/// The value as written in the file, for a message; "the value" if it may be a secret.
std::string shown(const config_node& node, std::string_view path);

}  // namespace herdgate
