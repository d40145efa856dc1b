// SPDX-License-Identifier: Apache-2.0
//
// http_bench: a test of http_loader against the real origin, which is shared by the tests of one
// suite.
#pragma once

#include <memory>
#include <string>

#include "herdgate/core/config/config.hpp"
#include "herdgate/io/http_loader.hpp"
#include "load_bench.hpp"
#include "origin_process.hpp"

namespace herdgate::test {

class http_bench : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { origin = std::make_unique<origin_process>(); }
    static void TearDownTestSuite() { origin.reset(); }
    void SetUp() override { origin->reset(); }

    http_call call_to(std::string url) { return http_call{&spec, std::move(url), {}}; }
    http_call product(const std::string& rest = "42") {
        return call_to(origin->url("/products/" + rest));
    }
    const load_result& run(const std::string& rest) { return bench.run(loader, product(rest)); }

    static inline std::unique_ptr<origin_process> origin;
    http_load spec;
    load_bench bench;
    http_loader loader{bench.io, bench};
};

}  // namespace herdgate::test
