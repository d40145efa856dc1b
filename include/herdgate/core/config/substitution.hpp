// SPDX-License-Identifier: Apache-2.0
//
// Substitution in the scalars of the configuration, after YAML is parsed, so that a value can never
// become structure:
//
//   ${NAME}              an environment variable; an error if it is not set
//   ${NAME:-default}     the default, if it is not set or empty
//   ${file:PATH}         a file's content without its last line's end
//   $$                   a literal '$' (a '$' before anything but '{' and '$' is literal, too)
//
// What is put in is not looked at again. Errors name variables and files, never their values.
#pragma once

#include <boost/system/result.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "herdgate/core/base/text_error.hpp"

namespace herdgate {

struct server_tls;

/// Why a listener's TLS files cannot be used.
struct tls_file_problem {
    enum class file { cert, key, client_ca };
    file which = file::cert;
    std::string message;      ///< without the file's name
    bool unreadable = false;  ///< it could not be read: it may be there where the daemon runs
};

/// The world outside, as far as the configuration may look at it.
struct config_environment {
    /// The value of an environment variable, if it is set.
    std::function<std::optional<std::string>(const std::string& name)> variable;
    /// A file's content, or why it cannot be had ("No such file or directory").
    std::function<boost::system::result<std::string, std::string>(const std::string& path)> file;
    /// What is wrong with a listener's TLS files, if anything. Unset: they are not looked at.
    std::function<std::optional<tls_file_problem>(const server_tls& files)> tls_files = {};
};

struct substituted_text {
    std::string text;
    bool changed = false;  ///< something from outside is in it: never show it
};

/// What values are put into: templates double the braces of values, lest they be taken for
/// captures.
enum class substitution_target { text, braces };

boost::system::result<substituted_text, text_error> substitute(std::string_view text,
                                                               const config_environment& outside,
                                                               substitution_target target);

}  // namespace herdgate
