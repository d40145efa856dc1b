// SPDX-License-Identifier: Apache-2.0
//
// exposition: the text of metrics while it is written, as Prometheus or OpenMetrics want it.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include "herdgate/core/metrics/prometheus.hpp"

namespace herdgate {

/// Writes families of series in one of the two formats.
class exposition {
  public:
    explicit exposition(metrics_format format) : format_(format) {}

    /// Counters end in _total; OpenMetrics names the family without it.
    void family(std::string_view name, std::string_view type, std::string_view help) {
        std::string_view base = name;
        if (format_ == metrics_format::openmetrics && type == "counter") base.remove_suffix(6);
        text_ += "# HELP ";
        text_ += base;
        text_ += ' ';
        text_ += help;
        text_ += "\n# TYPE ";
        text_ += base;
        text_ += ' ';
        text_ += type;
        text_ += '\n';
        name_ = name;
    }

    template <class Number>
    void sample(std::string_view labels, Number value, std::string_view suffix = {}) {
        text_ += name_;
        text_ += suffix;
        if (!labels.empty()) {
            text_ += '{';
            text_ += labels;
            text_ += '}';
        }
        text_ += ' ';
        char digits[40];
        text_.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
        text_ += '\n';
    }

    std::string take() {
        if (format_ == metrics_format::openmetrics) text_ += "# EOF\n";
        return std::move(text_);
    }

  private:
    metrics_format format_;
    std::string text_;
    std::string_view name_;
};

}  // namespace herdgate
