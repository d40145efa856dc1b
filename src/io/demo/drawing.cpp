// SPDX-License-Identifier: Apache-2.0
//
// The drawing: time to the right, calls so far upwards, by the logarithm of one more than their
// number, so that 0 has a place.
//
//     1000 |      ┌───────── unprotected
//          |      │
//        5 |   ┌──┘ …        coalesced in each process
//        1 |┌──              the fleet's lease
//        0 +┴────────────────────────
//           asked      asked again
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "figures.hpp"

namespace herdgate {
namespace {

constexpr double left = 60, top = 50, width = 560, height = 300, full_width = 860,
                 full_height = 400;
constexpr std::array<const char*, 3> colours{"#c0392b", "#d68910", "#1e8449"};

double seconds_of(nanoseconds span) {
    return std::chrono::duration<double>{span}.count();
}

struct scale {
    double seconds = 1;
    double calls = 1;

    double x(double t) const { return left + width * t / seconds; }
    double y(double n) const { return top + height * (1 - std::log1p(n) / std::log1p(calls)); }
};

template <typename... Values>
std::string formatted(const char* format, Values... values) {
    char text[512];
    std::snprintf(text, sizeof(text), format, values...);
    return text;
}

std::string label(double x, double y, const char* anchor, const std::string& text,
                  const char* colour = "#333") {
    std::string escaped;
    for (const char c : text) escaped += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string{c};
    return formatted("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">", x, y, anchor,
                     colour) +
           escaped + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* colour) {
    return formatted("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/>\n", x1,
                     y1, x2, y2, colour);
}

std::string axes(const scale& s, const case_figures& first) {
    std::string svg;
    for (double n = 1; n <= s.calls; n *= 10) {
        svg += line(left, s.y(n), left + width, s.y(n), "#eee");
        svg += label(left - 8, s.y(n) + 4, "end", formatted("%.0f", n));
    }
    svg += label(left - 8, s.y(0) + 4, "end", "0");
    const double step = s.seconds <= 4 ? 0.5 : std::ceil(s.seconds / 8);
    for (double t = 0; t <= s.seconds; t += step)
        svg += label(s.x(t), top + height + 18, "middle", formatted("%.1f s", t));
    for (std::size_t i = 0; i < first.bursts.size(); ++i) {
        const double x = s.x(seconds_of(first.bursts_at[i]));
        svg += line(x, top, x, top + height, "#bbb");
        svg += label(x + 4, top + height + 38, "start", "asked: the key is " + first.bursts[i].key);
    }
    return svg + line(left, top + height, left + width, top + height, "#333");
}

std::string curve(const scale& s, const case_figures& c, const char* colour) {
    std::string path = formatted("M%.1f %.1f", s.x(0), s.y(0));
    for (std::size_t i = 0; i < c.calls.size(); ++i)
        path +=
            formatted("H%.1fV%.1f", s.x(seconds_of(c.calls[i])), s.y(static_cast<double>(i + 1)));
    path += formatted("H%.1f", left + width);
    const double end = s.y(static_cast<double>(c.calls.size()));
    return "<path fill=\"none\" stroke-width=\"2\" stroke=\"" + std::string{colour} + "\" d=\"" +
           path + "\"/>\n" +
           label(left + width + 8, end + 4, "start", c.name + ": " + std::to_string(c.calls.size()),
                 colour);
}

}  // namespace

std::string draw(const std::vector<case_figures>& cases, const std::string& title) {
    scale s;
    for (const case_figures& c : cases) {
        s.calls = std::max(s.calls, static_cast<double>(c.calls.size()));
        if (!c.calls.empty()) s.seconds = std::max(s.seconds, seconds_of(c.calls.back()) + 0.2);
        if (!c.bursts_at.empty())
            s.seconds = std::max(s.seconds, seconds_of(c.bursts_at.back()) + 0.2);
    }
    std::string svg = formatted(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" "
        "height=\"%.0f\" font-family=\"sans-serif\" font-size=\"13\">\n",
        full_width, full_height, full_width, full_height);
    svg += "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    svg += label(left, 28, "start", "The origin's calls so far. " + title);
    if (!cases.empty()) svg += axes(s, cases.front());
    for (std::size_t i = 0; i < cases.size(); ++i)
        svg += curve(s, cases[i], colours[i % colours.size()]);
    return svg + "</svg>\n";
}

}  // namespace herdgate
