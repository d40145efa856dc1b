// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/http/answer_terms.hpp"

#include <algorithm>
#include <string>

#include "header_text.hpp"
#include "herdgate/core/http/cache_control.hpp"
#include "herdgate/core/http/http_date.hpp"

namespace herdgate {
namespace {

using header = answer_header;

bool printable(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

milliseconds life(std::int64_t seconds_left) noexcept {
    return std::min<milliseconds>(
        seconds{std::clamp(seconds_left, std::int64_t{0}, delta_seconds_max)}, answer_life_max);
}

/// Age may come as a list, from caches one behind the other: the first is the nearest.
std::int64_t age_of(const answer_headers& headers) noexcept {
    const std::string_view text = headers.get(header::age);
    return parse_delta_seconds(header_text::trimmed(text.substr(0, text.find(',')))).value_or(0);
}

/// How long the answer was fresh when it was made; none if it does not say.
std::optional<std::int64_t> lifetime(const answer_headers& headers, const cache_control& said,
                                     std::int64_t now) noexcept {
    if (said.s_maxage) return said.s_maxage;
    if (said.max_age) return said.max_age;
    if (!headers.has(header::expires)) return std::nullopt;
    const auto end = parse_http_date(headers.get(header::expires), now);
    if (!end) return 0;  // "Expires: 0" and other text: it is over
    return std::max(*end - parse_http_date(headers.get(header::date), now).value_or(now),
                    std::int64_t{0});
}

void read_freshness(load_terms& terms, const answer_headers& headers, std::int64_t now) {
    const cache_control said = parse_cache_control(headers.get(header::cache_control));
    const std::string_view varies = headers.get(header::vary);
    terms.storable =
        !said.no_store && !said.is_private && varies.find('*') == std::string_view::npos;
    std::int64_t overdue = 0;  // seconds since the answer has become stale, on its way to us
    if (const auto fresh =
            said.no_cache ? std::optional<std::int64_t>{0} : lifetime(headers, said, now)) {
        const std::int64_t left = *fresh - age_of(headers);
        terms.ttl = life(left);
        overdue = said.no_cache ? 0 : std::max(-left, std::int64_t{0});
    }
    const bool never_stale = said.must_revalidate || said.no_cache;
    if (never_stale) terms.while_revalidate = terms.if_error = milliseconds{0};
    if (said.stale_while_revalidate && !never_stale)
        terms.while_revalidate = life(*said.stale_while_revalidate - overdue);
    if (said.stale_if_error && !said.must_revalidate)
        terms.if_error = life(*said.stale_if_error - overdue);
}

std::string validator(std::string_view text) {
    return text.size() <= validator_bytes_max && printable(text) ? std::string{text}
                                                                 : std::string{};
}

void read_tags(load_terms& terms, std::string_view text, std::string_view separators) {
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(separators), text.size());
        const std::string_view tag = header_text::trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (tag.empty() || std::find(terms.tags.begin(), terms.tags.end(), tag) != terms.tags.end())
            continue;
        const bool fits = terms.tags.size() < answer_tags_max &&
                          tag.size() <= answer_tag_bytes_max && printable(tag) &&
                          tag.find(' ') == std::string_view::npos;
        if (fits) {
            terms.tags.emplace_back(tag);
        } else {
            ++terms.dropped_tags;
        }
    }
}

}  // namespace

load_terms read_terms(const answer_headers& headers, const answer_wishes& wishes,
                      std::int64_t now) {
    load_terms terms;
    if (wishes.freshness) read_freshness(terms, headers, now);
    if (wishes.validators) {
        terms.known.etag = validator(headers.get(header::etag));
        terms.known.last_modified = validator(headers.get(header::last_modified));
    }
    read_tags(terms, headers.get(header::surrogate_key), " \t");
    read_tags(terms, headers.get(header::cache_tag), ",");
    read_tags(terms, headers.get(header::xkey), ", \t");
    return terms;
}

std::optional<milliseconds> read_retry_after(const answer_headers& headers, std::int64_t now) {
    const std::string_view text = headers.get(header::retry_after);
    std::optional<std::int64_t> wait = parse_delta_seconds(text);
    if (!wait) {
        const auto end = parse_http_date(text, now);
        if (end) wait = std::max(*end - now, std::int64_t{0});
    }
    if (!wait) return std::nullopt;
    return std::min<milliseconds>(seconds{std::min(*wait, delta_seconds_max)}, retry_after_max);
}

}  // namespace herdgate
