// SPDX-License-Identifier: Apache-2.0
//
// What the string commands do on keys that a route claims.
#include "store_fixture.hpp"

namespace herdgate::test {
namespace {

constexpr std::string_view key = "product:1";

class routed_keys : public store_fixture {
  protected:
    std::string refusal(std::string_view command) {
        return "-ERR herdgate: '" + std::string{command} +
               "' cannot be used on key of route 'products'\r\n";
    }
};

TEST_F(routed_keys, an_entry_reads_as_its_value_fresh_or_stale) {
    load(key, "value");
    EXPECT_EQ(run({"GET", key}), "$5\r\nvalue\r\n");
    EXPECT_EQ(run({"TTL", key}), ":60\r\n");
    now_ += routes_.policy().ttl;
    EXPECT_EQ(run({"GET", key}), "$5\r\nvalue\r\n");
    EXPECT_EQ(run({"TTL", key}), ":0\r\n");
    EXPECT_EQ(run({"STRLEN", key}), ":5\r\n");
    EXPECT_EQ(run({"TYPE", key}), "+string\r\n");
    now_ += routes_.policy().stale.if_error;
    EXPECT_EQ(run({"GET", key}), "$-1\r\n");
}

TEST_F(routed_keys, a_negative_entry_does_not_exist_for_clients) {
    store_.acquire({0, key}, 1, now_ + seconds{3}, now_);
    entry none;
    none.negative = true;
    none.meta = negative_meta(routes_.policy(), now_, milliseconds{1});
    store_.fill({0, key}, 1, none, now_);
    EXPECT_EQ(run({"EXISTS", key}), ":0\r\n");
    EXPECT_EQ(run({"DBSIZE"}), ":0\r\n");
    EXPECT_EQ(run({"KEYS", "*"}), "*0\r\n");
    EXPECT_EQ(run({"RANDOMKEY"}), "$-1\r\n");
    EXPECT_EQ(run({"SET", key, "v", "XX"}), "$-1\r\n");
    EXPECT_EQ(run({"DEL", key}), ":0\r\n");
    EXPECT_FALSE(stored(key).negative);
}

TEST_F(routed_keys, a_write_is_an_entry_loaded_now) {
    EXPECT_EQ(run({"SET", key, "v"}), "+OK\r\n");
    EXPECT_EQ(stored(key).meta,
              filled_meta(routes_.policy(), now_, routes_.policy().ttl, milliseconds{0}));
    EXPECT_EQ(run({"SET", key, "w", "EX", "5"}), "+OK\r\n");
    EXPECT_EQ(stored(key).meta, filled_meta(routes_.policy(), now_, seconds{5}, milliseconds{0}));
    const entry_meta meta = stored(key).meta;
    EXPECT_EQ(run({"SET", key, "x", "KEEPTTL"}), "+OK\r\n");
    EXPECT_EQ(stored(key).meta, meta);
    EXPECT_EQ(run({"GETSET", key, "y"}), "$1\r\nx\r\n");
    EXPECT_EQ(stored(key).meta.fresh_until, now_ + routes_.policy().ttl);
    EXPECT_EQ(run({"MSET", key, "z", "plain", "p"}), "+OK\r\n");
    EXPECT_EQ(run({"TTL", "plain"}), ":-1\r\n");
    EXPECT_EQ(run({"TTL", key}), ":60\r\n");
}

TEST_F(routed_keys, a_write_that_lives_for_ever_does_not_overflow) {
    EXPECT_EQ(run({"SET", key, "v", "PXAT", "9223372036854775807"}), "+OK\r\n");
    EXPECT_EQ(run({"GET", key}), "$1\r\nv\r\n");
    EXPECT_EQ(run({"PEXPIREAT", key, "9223372036854775807"}), ":1\r\n");
    EXPECT_EQ(run({"GET", key}), "$1\r\nv\r\n");
}

TEST_F(routed_keys, every_write_ends_a_load_in_progress) {
    const std::initializer_list<std::string_view> writes[] = {
        {"SET", key, "v"},
        {"SETEX", key, "5", "v"},
        {"PSETEX", key, "5000", "v"},
        {"SETNX", key, "v"},
        {"MSET", key, "v"},
        {"GETSET", key, "v"},
        {"DEL", key},
        {"UNLINK", key},
        {"GETDEL", key},
        {"EXPIRE", key, "0"},
        {"FLUSHDB"},
        {"FLUSHALL"},
    };
    for (const auto& write : writes) {
        run({"DEL", key});
        begin_load(key);
        EXPECT_FALSE(revoked(key));
        run(write);
        EXPECT_TRUE(revoked(key)) << *write.begin();
    }
}

TEST_F(routed_keys, moving_the_end_of_an_entry_ends_a_refresh_in_progress) {
    const std::initializer_list<std::string_view> writes[] = {
        {"EXPIRE", key, "100"},
        {"PEXPIRE", key, "100000"},
        {"EXPIREAT", key, "1800000000"},
        {"PEXPIREAT", key, "1800000000000"},
        {"PERSIST", key},
        {"GETEX", key, "EX", "10"},
        {"GETEX", key, "PERSIST"},
    };
    for (const auto& write : writes) {
        run({"DEL", key});
        load(key, "v");
        begin_load(key);
        run(write);
        EXPECT_TRUE(revoked(key)) << *write.begin();
        EXPECT_EQ(run({"GET", key}), "$1\r\nv\r\n");
    }
}

TEST_F(routed_keys, reads_and_refused_writes_leave_a_load_alone) {
    begin_load(key);
    for (const std::initializer_list<std::string_view>& read :
         {std::initializer_list<std::string_view>{"GET", key},
          {"TTL", key},
          {"EXISTS", key},
          {"GETEX", key},
          {"SET", key, "v", "XX"},
          {"EXPIRE", key, "100"},
          {"PERSIST", key},
          {"INCR", key},
          {"DEL", "product:2"},
          {"KEYS", "*"},
          {"SET", key, "v", "EX", "0"}}) {
        run(read);
    }
    EXPECT_FALSE(revoked(key));
}

TEST_F(routed_keys, deleting_counts_only_what_a_client_could_see) {
    begin_load(key);
    EXPECT_EQ(run({"DEL", key}), ":0\r\n");
    load(key, "v");
    now_ += routes_.policy().ttl;
    EXPECT_EQ(run({"UNLINK", key, key}), ":1\r\n");
    EXPECT_EQ(store_.totals().records, 0U);
}

TEST_F(routed_keys, expire_moves_the_windows_and_the_past_deletes) {
    load(key, "v");
    EXPECT_EQ(run({"EXPIRE", key, "10"}), ":1\r\n");
    const entry_meta meta = stored(key).meta;
    EXPECT_EQ(meta.fresh_until, now_ + seconds{10});
    EXPECT_EQ(meta.revalidate_until, meta.fresh_until + routes_.policy().stale.while_revalidate);
    EXPECT_EQ(meta.error_until, meta.fresh_until + routes_.policy().stale.if_error);
    EXPECT_EQ(run({"EXPIRE", key, "20", "NX"}), ":0\r\n");
    EXPECT_EQ(run({"EXPIRE", key, "5", "GT"}), ":0\r\n");
    EXPECT_EQ(run({"PERSIST", key}), ":1\r\n");
    EXPECT_EQ(run({"TTL", key}), ":60\r\n");
    EXPECT_EQ(run({"EXPIRE", key, "-1"}), ":1\r\n");
    EXPECT_EQ(run({"GET", key}), "$-1\r\n");
}

TEST_F(routed_keys, what_makes_no_sense_on_an_entry_is_refused_and_changes_nothing) {
    load(key, "5");
    run({"SET", "plain", "p"});
    EXPECT_EQ(run({"INCR", key}), refusal("INCR"));
    EXPECT_EQ(run({"decrby", key, "1"}), refusal("DECRBY"));
    EXPECT_EQ(run({"INCRBYFLOAT", key, "1"}), refusal("INCRBYFLOAT"));
    EXPECT_EQ(run({"APPEND", key, "x"}), refusal("APPEND"));
    EXPECT_EQ(run({"SETRANGE", key, "0", "x"}), refusal("SETRANGE"));
    EXPECT_EQ(run({"RENAME", key, "other"}), refusal("RENAME"));
    EXPECT_EQ(run({"RENAMENX", "plain", key}), refusal("RENAMENX"));
    EXPECT_EQ(run({"COPY", "plain", key}), refusal("COPY"));
    EXPECT_EQ(run({"MSETNX", "a", "1", key, "2"}), refusal("MSETNX"));
    EXPECT_EQ(run({"GET", key}), "$1\r\n5\r\n");
    EXPECT_EQ(run({"EXISTS", "plain", "a", "other"}), ":1\r\n");
}

TEST_F(routed_keys, are_listed_under_the_clients_own_name) {
    load(key, "v");
    EXPECT_EQ(run({"KEYS", "product:*"}), "*1\r\n$9\r\nproduct:1\r\n");
    EXPECT_EQ(run({"SCAN", "0", "COUNT", "1000"}), "*2\r\n$1\r\n0\r\n*1\r\n$9\r\nproduct:1\r\n");
    EXPECT_EQ(run({"DBSIZE"}), ":1\r\n");
    EXPECT_EQ(run({"RANDOMKEY"}), "$9\r\nproduct:1\r\n");
}

}  // namespace
}  // namespace herdgate::test
