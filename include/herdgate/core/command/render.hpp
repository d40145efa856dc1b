// SPDX-License-Identifier: Apache-2.0
//
// render: from a route, a key and what was captured from it to the load call. Clients choose keys,
// so everything that came from the key is made safe for its place, or the key is refused:
//
//   everywhere   no NUL, no key longer than limits::routed_key_bytes
//   URL          captures are percent-encoded but for unreserved characters (RFC 3986, 2.3): a
//   capture can add neither a segment nor
//                a parameter. A path segment with a capture in it may not come out as "", "." or
//                "..". Scheme and host are literal.
//   headers      names are literal; values hold no control bytes but HTAB, and are not empty
//   argv         one template makes one argument; argv[0] is literal; an argument that starts with
//   a capture may not come out
//                with a leading '-', unless an earlier argument is exactly "--"
//   environment  names are literal
//
// What a template may look like is checked once, with the configuration (the *_problem functions).
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "herdgate/core/base/text_error.hpp"
#include "herdgate/core/command/route_pattern.hpp"
#include "herdgate/core/command/text_template.hpp"
#include "herdgate/core/fill/loader.hpp"

namespace herdgate {

struct route;

/// Why a key cannot be loaded: short printable text without bytes of the key, for
/// resp::errors::key_refused.
struct key_refusal {
    std::string reason;
};

/// The call that loads `key`. `found`: what the route's pattern captured from that very key. The
/// call points to the route's load specification.
boost::system::result<load_call, key_refusal> render(const route& r, std::string_view key,
                                                     const captures& found);

/// The one call that loads the keys of several batch_calls of a route. Cannot fail: render() has
/// seen each of them.
load_call render_batch(const route& r, std::span<const std::string> ids);

/// Bytes that an id adds to a batch's URL; 0 where there is none.
std::size_t batch_share(const route& r, std::string_view id);

/// A template's text, with the captures as they are.
std::string render_text(const text_template& t, const captures& found);

/// What is wrong with a URL template; nothing if it is usable. Offsets are bytes of the template's
/// source, where known.
std::optional<text_error> url_problem(const text_template& url);

/// The same for a header.
std::optional<text_error> header_problem(std::string_view name, const text_template& value);

/// The same for the program, argv[0].
std::optional<text_error> program_problem(const text_template& program);

/// The same for a variable of a command's environment.
std::optional<text_error> variable_problem(std::string_view name, const text_template& value);

/// Whether a literal text (argument, variable) can be handed to a program: it holds no NUL.
std::optional<text_error> argument_problem(const text_template& argument);

}  // namespace herdgate
