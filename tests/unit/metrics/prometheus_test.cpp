// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/metrics/prometheus.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

namespace herdgate {
namespace {

struct metrics_text : ::testing::Test {
    worker_metrics first{2};
    worker_metrics second{2};

    std::string render(metrics_format format = metrics_format::prometheus) {
        scrape s;
        s.version = "1.2.3";
        s.workers = {&first, &second};
        s.routes = {{"products", 3, 1}, {"odd \"name\"\\", 0, 0}};
        return render_metrics(s, format);
    }
    static bool has_line(const std::string& text, const std::string& line) {
        return text.find("\n" + line + "\n") != std::string::npos;
    }
};

TEST_F(metrics_text, figures_of_all_workers_are_summed) {
    first.routes[0].lookups.add(5);
    second.routes[0].lookups.add(7);
    first.waiters.add(3);
    second.waiters.add(-1);
    const std::string text = render();
    EXPECT_TRUE(has_line(text, "herdgate_cache_lookups_total{route=\"products\"} 12"));
    EXPECT_TRUE(has_line(text, "herdgate_waiters 2"));
    EXPECT_TRUE(has_line(text, "herdgate_loads_in_flight{loader=\"products\"} 3"));
}

TEST_F(metrics_text, every_series_is_there_from_the_start) {
    const std::string text = render();
    for (const char* name : {"load_batches_total{route", "load_batch_keys_total{route",
                             "loader_processes{loader", "loader_process_restarts_total{loader"})
        EXPECT_TRUE(has_line(text, "herdgate_" + std::string{name} + "=\"products\"} 0")) << name;
    for (const char* outcome : {"ok", "not_found", "error", "timeout", "rejected"})
        EXPECT_TRUE(has_line(text, "herdgate_loads_total{route=\"products\",outcome=\"" +
                                       std::string{outcome} + "\"} 0"));
    EXPECT_TRUE(has_line(text, "herdgate_build_info{version=\"1.2.3\"} 1"));
}

TEST_F(metrics_text, label_values_are_escaped) {
    EXPECT_TRUE(has_line(render(), R"(herdgate_cache_lookups_total{route="odd \"name\"\\"} 0)"));
}

TEST_F(metrics_text, histogram_buckets_are_cumulative) {
    first.routes[0].load_duration.observe(milliseconds{3});
    second.routes[0].load_duration.observe(milliseconds{300});
    second.routes[0].load_duration.observe(seconds{100});
    const std::string text = render();
    const std::string name = "herdgate_load_duration_seconds";
    EXPECT_TRUE(has_line(text, name + "_bucket{route=\"products\",le=\"0.001\"} 0"));
    EXPECT_TRUE(has_line(text, name + "_bucket{route=\"products\",le=\"0.005\"} 1"));
    EXPECT_TRUE(has_line(text, name + "_bucket{route=\"products\",le=\"0.5\"} 2"));
    EXPECT_TRUE(has_line(text, name + "_bucket{route=\"products\",le=\"60\"} 2"));
    EXPECT_TRUE(has_line(text, name + "_bucket{route=\"products\",le=\"+Inf\"} 3"));
    EXPECT_TRUE(has_line(text, name + "_count{route=\"products\"} 3"));
    EXPECT_TRUE(has_line(text, name + "_sum{route=\"products\"} 100.303"));
}

// The grammar of both formats, line by line: help, type, sample; each family once.
TEST_F(metrics_text, each_line_is_well_formed_and_each_family_declared_once) {
    for (const auto format : {metrics_format::prometheus, metrics_format::openmetrics}) {
        const std::regex line_grammar{
            R"re(# HELP [a-z_]+ .+|# TYPE [a-z_]+ (counter|gauge|histogram)|# EOF|)re"
            R"re([a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? [0-9.e+-]+)re"};
        std::istringstream text{render(format)};
        std::set<std::string> families;
        std::string last;
        for (std::string line; std::getline(text, line); last = line) {
            EXPECT_TRUE(std::regex_match(line, line_grammar)) << line;
            if (line.starts_with("# TYPE")) {
                EXPECT_TRUE(families.insert(line.substr(7, line.rfind(' ') - 7)).second) << line;
            }
        }
        const bool open = format == metrics_format::openmetrics;
        EXPECT_EQ(last == "# EOF", open);
        EXPECT_EQ(families.contains("herdgate_cache_lookups"), open);
        EXPECT_EQ(families.contains("herdgate_cache_lookups_total"), !open);
    }
}

}  // namespace
}  // namespace herdgate
