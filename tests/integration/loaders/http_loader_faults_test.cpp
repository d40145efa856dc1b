// SPDX-License-Identifier: Apache-2.0
//
// http_loader against origins, networks and resolvers that misbehave.
#include "http_bench.hpp"
#include "resolver_stub.hpp"

namespace herdgate::test {
namespace {

using std::chrono::milliseconds;

class http_loader_faults : public http_bench {
  protected:
    /// A load that must fail; returns why.
    std::string failure(http_call call) {
        const load_result& result = bench.run(loader, std::move(call));
        EXPECT_EQ(result.outcome, load_outcome::error);
        return result.reason;
    }

    /// A load that must time out, on time; returns the reason.
    std::string timeout(http_call call) {
        spec.timeout = milliseconds{300};
        const load_result& result = bench.run(loader, std::move(call));
        EXPECT_EQ(result.outcome, load_outcome::timeout) << result.reason;
        EXPECT_GE(bench.took, milliseconds{295});
        EXPECT_LT(bench.took, milliseconds{900});
        return result.reason;
    }

    /// The next load goes out on a new connection.
    void expect_connection_not_used_again() {
        const long before = origin->stat("connections");
        EXPECT_EQ(run("after").outcome, load_outcome::ok);
        EXPECT_EQ(origin->stat("connections"), before + 1);
    }
};

TEST_F(http_loader_faults, silence_is_a_timeout) {
    EXPECT_EQ(timeout(product("42?mode=hang")), "no answer within 300 ms");
    bench.run_until([&] { return origin->stat("in_flight") == 0; });
    expect_connection_not_used_again();
}

TEST_F(http_loader_faults, a_slow_drip_is_a_timeout) {
    EXPECT_EQ(timeout(product("42?mode=slow")), "answer not complete within 300 ms");
    bench.run_until([&] { return origin->stat("in_flight") == 0; });
    expect_connection_not_used_again();
}

TEST_F(http_loader_faults, a_closed_connection_is_an_error) {
    EXPECT_EQ(failure(product("42?mode=close")), "connection closed without an answer");
    EXPECT_EQ(origin->stat("total"), 1);
}

TEST_F(http_loader_faults, half_a_body_is_an_error) {
    EXPECT_EQ(failure(product("42?mode=half")), "answer cut short");
    expect_connection_not_used_again();
}

TEST_F(http_loader_faults, a_body_without_its_last_chunk_is_an_error) {
    EXPECT_EQ(failure(product("42?mode=chunked-cut")), "answer cut short");
    expect_connection_not_used_again();
}

TEST_F(http_loader_faults, an_endless_body_is_cut_off) {
    spec.max_body = 1 * mib;
    EXPECT_EQ(failure(product("42?mode=endless")), "answer larger than 1048576 bytes");
    bench.run_until([&] { return origin->stat("in_flight") == 0; });
    expect_connection_not_used_again();
}

TEST_F(http_loader_faults, a_body_is_bounded_to_the_byte) {
    spec.max_body = 1000;
    const load_result& fits = run("42?size=1000");
    EXPECT_EQ(fits.outcome, load_outcome::ok) << fits.reason;
    EXPECT_EQ(fits.value.size(), 1000U);
    EXPECT_EQ(failure(product("42?size=1001")), "answer larger than 1000 bytes");
}

TEST_F(http_loader_faults, a_packed_bomb_is_bounded_by_its_unpacked_size) {
    spec.max_body = 1 * mib;
    const std::size_t before = own_memory();
    EXPECT_EQ(failure(product("42?mode=gzip-bomb")), "answer larger than 1048576 bytes");
    EXPECT_LT(own_memory(), before + 64 * mib);
}

TEST_F(http_loader_faults, the_long_body_of_a_refusal_is_not_read) {
    const load_result& result = run("42?status=404&size=10000000");
    EXPECT_EQ(result.outcome, load_outcome::absent) << result.reason;
    expect_connection_not_used_again();
}

TEST_F(http_loader_faults, a_refused_connection_is_an_error) {
    std::uint16_t free_port = 0;
    { free_port = origin_process().port(); }
    EXPECT_EQ(failure(call_to("http://127.0.0.1:" + std::to_string(free_port) + "/")),
              "cannot connect: Connection refused");
}

TEST_F(http_loader_faults, an_unknown_host_is_an_error) {
    EXPECT_EQ(failure(call_to("http://nowhere.invalid/")), "host name not found");
}

TEST_F(http_loader_faults, a_resolver_that_does_not_answer_holds_nobody_up) {
    spec.timeout = milliseconds{300};
    const load_id slow = bench.start(loader, call_to("http://slow.invalid/"));
    const auto begin = stopwatch::now();
    EXPECT_EQ(run("42").outcome, load_outcome::ok) << "meanwhile";
    EXPECT_EQ(bench.wait(slow).outcome, load_outcome::timeout);
    EXPECT_LT(stopwatch::now() - begin, milliseconds{800});
    EXPECT_EQ(slow_lookups, 1);
    bench.run_until([] { return slow_lookups == 0; });
}

TEST_F(http_loader_faults, metadata_addresses_are_refused_in_every_spelling) {
    const std::string expected =
        "refused to connect to 169.254.169.254 (link-local or cloud metadata; see "
        "allow_addresses)";
    for (const char* host : {"169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
                             "[::ffff:169.254.169.254]", "metadata.invalid"}) {
        EXPECT_EQ(failure(call_to("http://" + std::string(host) + "/")), expected) << host;
    }
    EXPECT_EQ(failure(call_to("http://[fd00:ec2::254]/")),
              "refused to connect to fd00:ec2::254 (link-local or cloud metadata; see "
              "allow_addresses)");
}

TEST_F(http_loader_faults, other_protocols_are_refused) {
    for (const char* url : {"file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1/"}) {
        EXPECT_NE(failure(call_to(url)), "") << url;
    }
}

TEST_F(http_loader_faults, a_call_that_could_split_the_request_is_refused) {
    http_call injected = product();
    injected.headers = {"X-Key: a\r\nHost: elsewhere"};
    EXPECT_EQ(failure(std::move(injected)), "header with a control byte");
    EXPECT_EQ(failure(call_to(origin->url("/a b"))), "URL with a control byte");
    EXPECT_EQ(failure(call_to(origin->url(std::string("/a\0b", 4)))), "URL with a control byte");
    EXPECT_EQ(origin->stat("total"), 0);
}

TEST_F(http_loader_faults, a_load_that_waits_for_a_connection_times_out_on_time) {
    spec.timeout = milliseconds{500};
    const auto begin = stopwatch::now();
    for (int i = 0; i < 260; ++i) bench.start(loader, product("42?mode=hang"));
    bench.run_until([&] { return bench.results.size() == 260; });
    EXPECT_LT(stopwatch::now() - begin, milliseconds{2500});
    for (const auto& [id, result] : bench.results) {
        EXPECT_EQ(result.outcome, load_outcome::timeout) << result.reason;
    }
    bench.run_until([&] { return origin->stat("in_flight") == 0; });
}

TEST_F(http_loader_faults, loads_of_every_kind_at_once_leave_nothing_behind) {
    spec.timeout = milliseconds{400};
    spec.max_body = 100'000;
    const std::size_t before = open_descriptors();
    {
        http_loader mine(bench.io, bench);
        for (int i = 0; i < 20; ++i) {
            for (const char* mode : {"ok", "500", "404", "hang", "close", "half", "endless", "slow",
                                     "redirect", "chunked-cut", "gzip", "gzip-bomb"}) {
                bench.start(mine, product("42?mode=" + std::string(mode)));
            }
        }
        bench.run_until([&] { return bench.results.size() == 240; });
        EXPECT_EQ(mine.in_progress(), 0U);
    }
    EXPECT_LE(open_descriptors(), before);
}

}  // namespace
}  // namespace herdgate::test
