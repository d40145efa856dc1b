// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "io/demo/figures.hpp"

namespace herdgate {
namespace {

using std::chrono::microseconds;

TEST(demo_figures, a_percentile_is_the_least_value_that_so_many_do_not_exceed) {
    std::vector<nanoseconds> values;
    for (int i = 200; i > 0; --i) values.emplace_back(i);
    EXPECT_EQ(percentile(values, 50), nanoseconds{100});
    EXPECT_EQ(percentile(values, 99), nanoseconds{198});
    EXPECT_EQ(percentile(values, 100), nanoseconds{200});
    EXPECT_EQ(percentile({nanoseconds{7}}, 50), nanoseconds{7});
    EXPECT_EQ(percentile({}, 99), nanoseconds{0});
}

TEST(demo_figures, a_row_names_its_case_once) {
    const case_figures figures{"the case",
                               {{"cold", 3, {microseconds{1500}, microseconds{2500}}},
                                {"expired", 0, {microseconds{100}}}},
                               {},
                               {}};
    EXPECT_EQ(table_rows(figures),
              "the case                     cold             2             3       1.5       2.5 "
              "      2.5\n"
              "                             expired          1             0       0.1       0.1 "
              "      0.1\n");
}

TEST(demo_figures, the_drawing_names_every_case_and_counts_its_calls) {
    const std::vector<case_figures> cases{
        {"a < b", {{"cold", 2, {}}}, {nanoseconds{0}}, {microseconds{10}, seconds{1}}},
        {"none", {{"cold", 0, {}}}, {nanoseconds{0}}, {}}};
    const std::string svg = draw(cases, "title & more");
    for (const char* part : {"a &lt; b: 2", "none: 0", "title &amp; more", "</svg>"})
        EXPECT_NE(svg.find(part), std::string::npos) << part;
    EXPECT_NE(draw({}, "").find("</svg>"), std::string::npos);
}

}  // namespace
}  // namespace herdgate
