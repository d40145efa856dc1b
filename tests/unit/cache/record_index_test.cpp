// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/record_index.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <random>
#include <set>
#include <string>

namespace herdgate {
namespace {

hashed_key key(const std::string& text) {
    return {std::hash<std::string>{}(text), {0, text}};
}

// An index with the records it needs, by name.
class filled_index {
  public:
    ~filled_index() {
        for (const auto& [name, r] : records_) record::destroy(r);
    }
    void insert(const std::string& name) {
        if (records_.contains(name)) return;
        record* const r = record::create(key(name), false);
        records_.emplace(name, r);
        index.insert(r);
    }
    void remove(const std::string& name) {
        const auto it = records_.find(name);
        if (it == records_.end()) return;
        index.remove(it->second);
        record::destroy(it->second);
        records_.erase(it);
    }
    bool has(const std::string& name) const { return records_.contains(name); }
    std::size_t size() const { return records_.size(); }

    record_index index;

  private:
    std::map<std::string, record*> records_;
};

TEST(record_index, finds_exactly_what_was_inserted_and_not_removed) {
    const bool held = rc::check([] {
        filled_index f;
        const auto seed = *rc::gen::arbitrary<std::uint32_t>();
        std::mt19937 random{seed};
        for (int n = 0; n < 800; ++n) {
            const std::string name = std::to_string(random() % 300);
            // Long phases of growth and of decline, so that the table moves both ways.
            const bool grow = (n / 200) % 2 == 0;
            random() % 4 == 0 ? (grow ? f.remove(name) : f.insert(name))
                              : (grow ? f.insert(name) : f.remove(name));
            if (random() % 8 == 0) f.index.maintain(random() % 4);
            const std::string other = std::to_string(random() % 300);
            RC_ASSERT((f.index.find(key(other)) != nullptr) == f.has(other));
            RC_ASSERT(f.index.size() == f.size());
        }
    });
    EXPECT_TRUE(held);
}

TEST(record_index, a_scan_returns_everything_that_was_there_from_its_beginning_to_its_end) {
    const bool held = rc::check([] {
        filled_index f;
        std::mt19937 random{*rc::gen::arbitrary<std::uint32_t>()};
        const std::size_t residents = random() % 300;
        for (std::size_t n = 0; n < residents; ++n) f.insert("resident" + std::to_string(n));
        // Between the steps others come or go in bulk, which grows, shrinks and moves the table
        // under the scan.
        for (std::size_t n = random() % 600; n > 0; --n) f.insert("other" + std::to_string(n));
        std::set<std::string> seen;
        std::uint64_t cursor = 0;
        std::size_t steps = 0;
        do {
            cursor = f.index.scan(cursor, [&](const record& r) { seen.emplace(r.key()); });
            const bool grow = random() % 3 == 0;
            for (std::size_t n = random() % 12; n > 0; --n) {
                const std::string name = "other" + std::to_string(random() % 600);
                grow ? f.insert(name) : f.remove(name);
            }
            f.index.maintain(random() % 8);
            RC_ASSERT(++steps < 200'000U);
        } while (cursor != 0);
        for (std::size_t n = 0; n < residents; ++n) {
            RC_ASSERT(seen.contains("resident" + std::to_string(n)));
        }
    });
    EXPECT_TRUE(held);
}

TEST(record_index, shrinks_when_most_records_are_gone) {
    filled_index f;
    for (int n = 0; n < 10'000; ++n) f.insert(std::to_string(n));
    const std::size_t large = f.index.bucket_count();
    for (int n = 0; n < 9'990; ++n) f.remove(std::to_string(n));
    for (int n = 0; n < 10'000; ++n) f.index.maintain(16);
    EXPECT_GE(large, 10'000U);
    EXPECT_LE(f.index.bucket_count(), 64U);
    EXPECT_FALSE(f.index.moving());
    EXPECT_NE(f.index.find(key("9999")), nullptr);
}

}  // namespace
}  // namespace herdgate
