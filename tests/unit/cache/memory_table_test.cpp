// SPDX-License-Identifier: Apache-2.0
#include "herdgate/core/cache/memory_table.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <list>
#include <string>
#include <vector>

namespace herdgate {
namespace {

constexpr redis_time now{milliseconds{1'000'000}};

hashed_key key(std::string_view text, std::uint16_t database = 0) {
    return {std::hash<std::string_view>{}(text), {database, text}};
}

void put(memory_table& table, std::string_view name, redis_time last = never) {
    table.put_plain(key(name), shared_bytes{"value"}, last);
}

std::string evicted(memory_table& table, const std::vector<std::string>& names) {
    table.evict_one();
    for (const std::string& name : names) {
        bool there = false;
        std::uint64_t cursor = 0;
        do {
            cursor = table.scan(cursor, [&](const record& r) { there |= r.key() == name; });
        } while (cursor != 0);
        if (!there) return name;
    }
    return {};
}

TEST(memory_table, evicts_the_oldest_first_where_nothing_was_read) {
    memory_table table;
    for (const char* name : {"a", "b", "c"}) put(table, name);
    EXPECT_EQ(evicted(table, {"a", "b", "c"}), "a");
    EXPECT_EQ(evicted(table, {"b", "c"}), "b");
}

TEST(memory_table, spares_what_was_read_once_and_goes_on_from_where_the_hand_stopped) {
    memory_table table;
    for (const char* name : {"a", "b", "c", "d"}) put(table, name);
    table.find(key("a"), now);
    table.find(key("c"), now);
    EXPECT_EQ(evicted(table, {"a", "b", "c", "d"}), "b");  // a lost its bit
    EXPECT_EQ(evicted(table, {"a", "c", "d"}), "d");  // not a: the hand is past it; c lost its bit
    EXPECT_EQ(evicted(table, {"a", "c"}), "a");       // the hand began at the tail again
    EXPECT_EQ(evicted(table, {"c"}), "c");
    EXPECT_EQ(table.evict_one(), 0U);
    EXPECT_EQ(table.bytes(), 0U);
}

std::size_t keys_bytes(const memory_table& table) {
    std::size_t sum = 0;
    std::uint64_t cursor = 0;
    do {
        cursor = table.scan(cursor, [&](const record& r) { sum += r.key().size(); });
    } while (cursor != 0);
    return sum;
}

// SIEVE as the paper has it, on a list, front = head.
class naive_sieve {
  public:
    void insert(const std::string& name) { queue_.push_front({name, false}); }
    void hit(const std::string& name) { find(name)->second = true; }
    void erase(const std::string& name) {
        const auto it = find(name);
        if (hand_valid_ && hand_ == it) step();
        queue_.erase(it);
    }
    std::string evict() {
        if (!hand_valid_) hand_ = std::prev(queue_.end());
        hand_valid_ = true;
        while (hand_->second) {
            hand_->second = false;
            step();
            if (!hand_valid_) hand_ = std::prev(queue_.end());
            hand_valid_ = true;
        }
        const std::string name = hand_->first;
        erase(name);
        return name;
    }
    bool has(const std::string& name) { return find(name) != queue_.end(); }
    bool empty() const { return queue_.empty(); }
    std::size_t size() const { return queue_.size(); }

  private:
    using list = std::list<std::pair<std::string, bool>>;
    list::iterator find(const std::string& name) {
        return std::find_if(queue_.begin(), queue_.end(),
                            [&](const auto& i) { return i.first == name; });
    }
    void step() {
        hand_valid_ = hand_ != queue_.begin();
        if (hand_valid_) --hand_;
    }

    list queue_;
    list::iterator hand_;
    bool hand_valid_ = false;
};

TEST(memory_table, evicts_in_the_order_of_a_naive_sieve) {
    const bool held = rc::check([] {
        memory_table table;
        naive_sieve model;
        const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
            rc::gen::pair(rc::gen::inRange(0, 10), rc::gen::inRange(0, 12)));
        for (const auto& [what, which] : steps) {
            const std::string name = "k" + std::to_string(which);
            if (what < 4) {  // an overwrite is a hit
                model.has(name) ? model.hit(name) : model.insert(name);
                put(table, name);
            } else if (what < 7) {
                if (model.has(name)) model.hit(name);
                table.find(key(name), now);
            } else if (what == 7) {
                if (model.has(name)) model.erase(name);
                if (record* r = table.find(key(name), now)) table.erase(*r);
            } else if (!model.empty()) {
                const std::string expected = model.evict();
                RC_ASSERT(table.evict_one() > 0U);
                std::uint64_t cursor = 0;
                do {
                    cursor = table.scan(cursor,
                                        [&](const record& r) { RC_ASSERT(r.key() != expected); });
                } while (cursor != 0);
            }
            RC_ASSERT(table.size() == model.size());
            RC_ASSERT(table.bytes() ==
                      model.size() * (plain_record_overhead + 5) + keys_bytes(table));
        }
    });
    EXPECT_TRUE(held);
}

TEST(memory_table, a_record_is_alive_in_its_last_millisecond_and_dead_after_it) {
    memory_table table;
    put(table, "a", now);
    EXPECT_NE(table.find(key("a"), now), nullptr);
    EXPECT_EQ(table.find(key("a"), now + milliseconds{1}), nullptr);
    EXPECT_EQ(table.expired(), 1U);
    EXPECT_EQ(table.bytes(), 0U);
}

TEST(memory_table, an_entry_dies_when_it_is_of_no_use_any_more) {
    memory_table table;
    entry_part part;
    part.meta.fresh_until = now + milliseconds{10};
    part.meta.error_until = now + milliseconds{20};
    table.put_entry(key("a"), shared_bytes{"x"}, part);
    EXPECT_NE(table.find(key("a"), now + milliseconds{19}), nullptr);
    EXPECT_EQ(table.find(key("a"), now + milliseconds{20}), nullptr);
}

TEST(memory_table, an_entry_replaces_a_plain_record_and_the_account_stays_right) {
    memory_table table;
    put(table, "a");
    EXPECT_EQ(table.bytes(), plain_record_overhead + 1 + 5);
    entry_part part;
    part.meta.fresh_until = now + milliseconds{10};
    table.put_entry(key("a"), shared_bytes{"xyz"}, part);
    EXPECT_EQ(table.size(), 1U);
    EXPECT_EQ(table.bytes(), plain_record_overhead + sizeof(entry_part) + 1 + 3);
    put(table, "a");
    EXPECT_EQ(table.bytes(), plain_record_overhead + 1 + 5);
    EXPECT_EQ(table.values(0), 1U);
}

TEST(memory_table, active_expiry_is_bounded_and_gets_round) {
    memory_table table;
    for (int i = 0; i < 1000; ++i) put(table, "k" + std::to_string(i), i % 2 == 0 ? now : never);
    std::size_t calls = 0;
    for (; table.size() > 500 && calls < 1000; ++calls) {
        EXPECT_LE(table.expire_some(now + milliseconds{1}, 10), 30U);
    }
    EXPECT_EQ(table.size(), 500U);
    EXPECT_GE(calls, 40U);
    EXPECT_EQ(table.expired(), 500U);
    EXPECT_EQ(table.expire_some(now + milliseconds{1}, 10), 0U);  // nothing mortal is left
}

TEST(memory_table, flushing_a_database_leaves_the_others) {
    memory_table table;
    table.put_plain(key("a", 0), shared_bytes{"x"}, never);
    table.put_plain(key("a", 3), shared_bytes{"y"}, never);
    table.erase_database(0);
    EXPECT_EQ(table.size(), 1U);
    EXPECT_EQ(table.find(key("a", 0), now), nullptr);
    EXPECT_EQ(table.find(key("a", 3), now)->value.view(), "y");
}

}  // namespace
}  // namespace herdgate
