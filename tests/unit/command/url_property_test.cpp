// SPDX-License-Identifier: Apache-2.0
//
// Whatever the key, the URL that libcurl reads is the one that the template meant: same scheme,
// host and port, same number of path segments, same parameters.
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <memory>

#include "herdgate/core/command/render.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

struct url_closer {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

std::string part(CURLU* url, CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return "(none)";
    const std::string copy{text};
    curl_free(text);
    return copy;
}

RC_GTEST_PROP(render_url, the_key_fills_its_places_only, ()) {
    route r;
    r.match = *route_pattern::parse("regex:(?s)(?P<a>.*?):(?P<b>.*)");
    http_load load;
    load.url =
        *parse_template("http://host.example:8080/v1/{a}/x{b}/end?q={b}&r={a}", r.match.names());
    r.load = load;
    const auto byte = rc::gen::weightedOneOf<char>(
        {{3, rc::gen::arbitrary<char>()},
         {2, rc::gen::elementOf(std::string{"./\\%?#&=@:2eEfF\r\n-[]"})}});
    const auto key =
        *rc::gen::container<std::string>(byte) + ":" + *rc::gen::container<std::string>(byte);
    captures found;
    RC_PRE(r.match.match(key, found));
    const auto call = render(r, key, found);
    if (!call) return;
    const std::unique_ptr<CURLU, url_closer> url{curl_url()};
    RC_ASSERT(curl_url_set(url.get(), CURLUPART_URL, std::get<http_call>(*call).url.c_str(), 0) ==
              CURLUE_OK);
    RC_ASSERT(part(url.get(), CURLUPART_SCHEME) == "http");
    RC_ASSERT(part(url.get(), CURLUPART_HOST) == "host.example");
    RC_ASSERT(part(url.get(), CURLUPART_PORT) == "8080");
    RC_ASSERT(part(url.get(), CURLUPART_USER) == "(none)");
    RC_ASSERT(part(url.get(), CURLUPART_FRAGMENT) == "(none)");
    const std::string path = part(url.get(), CURLUPART_PATH);
    const std::string query = part(url.get(), CURLUPART_QUERY);
    RC_ASSERT(std::count(path.begin(), path.end(), '/') == 4);
    RC_ASSERT(std::count(query.begin(), query.end(), '&') == 1);
    RC_ASSERT(std::count(query.begin(), query.end(), '=') == 2);
}

}  // namespace
}  // namespace herdgate
