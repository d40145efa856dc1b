// SPDX-License-Identifier: Apache-2.0
//
// The hit path of the embedded store: what one look-up costs, alone and beside another thread, for
// few and for many keys; and what a record costs in heap bytes, measured, beside what it is
// accounted for.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "herdgate/core/cache/key_access.hpp"
#include "herdgate/core/cache/memory_store.hpp"
#include "herdgate/core/config/config.hpp"

namespace herdgate {
namespace {

constexpr redis_time now{milliseconds{1'700'000'000'000}};
constexpr std::size_t value_bytes = 256;

std::vector<std::string> names(std::size_t count) {
    std::vector<std::string> result;
    for (std::size_t n = 0; n < count; ++n) result.push_back("product:" + std::to_string(n));
    return result;
}

struct filled_store {
    explicit filled_store(std::size_t count) : keys(names(count)) {
        entry e;
        e.value = shared_bytes{std::string(value_bytes, 'x')};
        e.meta = filled_meta(route_policy{}, now, milliseconds{60'000}, milliseconds{1});
        for (const std::string& key : keys) {
            e.value = shared_bytes{std::string(value_bytes, 'x')};
            store.acquire({0, key}, 1, now + milliseconds{1}, now);
            store.fill({0, key}, 1, e, now);
        }
    }
    memory_store store{std::size_t{4} << 30, 0x9e3779b97f4a7c15U};
    std::vector<std::string> keys;
};

filled_store& store_of(std::size_t count) {
    static filled_store small{10'000};
    static filled_store large{1'000'000};
    return count <= 10'000 ? small : large;
}

void lookup_hit(benchmark::State& state) {
    filled_store& s = store_of(static_cast<std::size_t>(state.range(0)));
    std::size_t n = static_cast<std::size_t>(state.thread_index()) * 7919;
    for (auto _ : state) {
        n = (n + 40'503) % s.keys.size();
        benchmark::DoNotOptimize(s.store.lookup({0, s.keys[n]}, now));
    }
}

void plain_hit(benchmark::State& state) {
    static memory_store store{std::size_t{1} << 30, 42};
    static const std::vector<std::string> keys = [] {
        auto made = names(10'000);
        for (const std::string& key : made) {
            key_access access{store, {0, key}, now};
            access.put_plain({0, key}, shared_bytes{std::string(value_bytes, 'x')}, never);
        }
        return made;
    }();
    std::size_t n = static_cast<std::size_t>(state.thread_index()) * 7919;
    for (auto _ : state) {
        n = (n + 40'503) % keys.size();
        key_access access{store, {0, keys[n]}, now};
        benchmark::DoNotOptimize(access.find({0, keys[n]}));
    }
}

void overwrite(benchmark::State& state) {
    const auto keys = names(10'000);
    // Half of them fit: every other write evicts.
    memory_store store{10'000 * (plain_record_overhead + value_bytes) / 2, 42};
    const shared_bytes value{std::string(value_bytes, 'x')};
    std::size_t n = 0;
    for (auto _ : state) {
        n = (n + 4'057) % keys.size();
        key_access access{store, {0, keys[n]}, now};
        access.put_plain({0, keys[n]}, value, never);
    }
}

// Not a time: counters with the measured and the accounted bytes of a plain record beyond key and
// value.
void record_overhead(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const auto keys = names(count);
    for (auto _ : state) {
        std::size_t content = 0;
        const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
        memory_store store{std::size_t{4} << 30, 42};
        for (const std::string& key : keys) {
            key_access access{store, {0, key}, now};
            access.put_plain({0, key}, shared_bytes{std::string(value_bytes + content % 64, 'x')},
                             never);
            content += key.size() + value_bytes + content % 64;
        }
        const std::size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
        const auto per_record = [&](std::size_t bytes) {
            return static_cast<double>(bytes - content) / static_cast<double>(count);
        };
        state.counters["measured"] = per_record(after - before);
        state.counters["accounted"] = per_record(store.totals().bytes);
    }
}

BENCHMARK(lookup_hit)->Arg(10'000)->Arg(1'000'000)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(plain_hit)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(overwrite);
BENCHMARK(record_overhead)->Arg(100'000)->Arg(150'000)->Arg(1'000'000)->Iterations(1);

}  // namespace
}  // namespace herdgate
