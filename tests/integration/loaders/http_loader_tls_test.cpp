// SPDX-License-Identifier: Apache-2.0
//
// http_loader over TLS: whom it trusts, and who it says it is. The certificates are made for the
// test.
#include <cstdlib>

#include "http_bench.hpp"

namespace herdgate::test {
namespace {

/// A certificate authority in a directory of its own.
class authority {
  public:
    authority() { openssl("req -x509 -out ca.crt -keyout ca.key -subj /CN=authority"); }

    /// name.crt and name.key, for the given subjectAltName.
    void issue(const std::string& name, const std::string& alternative) {
        openssl("req -x509 -out " + name + ".crt -keyout " + name + ".key -subj /CN=" + name +
                " -CA ca.crt -CAkey ca.key -addext basicConstraints=critical,CA:FALSE"
                " -addext subjectAltName=" +
                alternative);
    }

    std::string path(const std::string& name) const { return dir_.path(name); }

  private:
    void openssl(const std::string& arguments) {
        const std::string line = "cd " + dir_.path("") + " && openssl " + arguments +
                                 " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
                                 " >>log 2>&1";
        ASSERT_EQ(std::system(line.c_str()), 0) << read_file(dir_.path("log"));
    }

    temp_dir dir_;
};

class http_loader_tls : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        ca = std::make_unique<authority>();
        ca->issue("server", "IP:127.0.0.1");
        ca->issue("other", "DNS:elsewhere.example");
        ca->issue("client", "DNS:client.example");
    }
    static void TearDownTestSuite() { ca.reset(); }

    static std::vector<std::string> tls(const std::string& name) {
        return {"--tls", ca->path(name + ".crt"), ca->path(name + ".key")};
    }

    const load_result& ask(const origin_process& origin) {
        return bench.run(
            loader,
            http_call{
                &spec, "https://127.0.0.1:" + std::to_string(origin.port()) + "/products/42", {}});
    }

    static inline std::unique_ptr<authority> ca;
    http_load spec;
    load_bench bench;
    http_loader loader{bench.io, bench};
};

TEST_F(http_loader_tls, trusts_the_routes_authority) {
    const origin_process origin(tls("server"));
    spec.tls.ca = ca->path("ca.crt");
    for (int i = 0; i < 3; ++i) {
        const load_result& result = ask(origin);
        ASSERT_EQ(result.outcome, load_outcome::ok) << result.reason;
    }
}

TEST_F(http_loader_tls, trusts_nobody_else) {
    const origin_process origin(tls("server"));
    const load_result& result = ask(origin);
    EXPECT_EQ(result.outcome, load_outcome::error);
    EXPECT_TRUE(result.reason.starts_with("TLS certificate refused: ")) << result.reason;
}

TEST_F(http_loader_tls, does_not_lend_a_trusted_connection_to_a_route_that_does_not_trust) {
    const origin_process origin(tls("server"));
    spec.tls.ca = ca->path("ca.crt");
    EXPECT_EQ(ask(origin).outcome, load_outcome::ok);
    spec.tls.ca.clear();
    EXPECT_EQ(ask(origin).outcome, load_outcome::error);
}

TEST_F(http_loader_tls, wants_the_hosts_name_in_the_certificate) {
    const origin_process origin(tls("other"));
    spec.tls.ca = ca->path("ca.crt");
    const load_result& result = ask(origin);
    EXPECT_EQ(result.outcome, load_outcome::error);
    EXPECT_EQ(result.reason, "TLS certificate refused: it does not name this host");
}

TEST_F(http_loader_tls, shows_its_own_certificate) {
    std::vector<std::string> options = tls("server");
    options.insert(options.end(), {"--client-ca", ca->path("ca.crt")});
    const origin_process origin(options);
    spec.tls.ca = ca->path("ca.crt");
    EXPECT_EQ(ask(origin).outcome, load_outcome::error) << "without";
    spec.tls.cert = ca->path("client.crt");
    spec.tls.key = ca->path("client.key");
    const load_result& result = ask(origin);
    EXPECT_EQ(result.outcome, load_outcome::ok) << result.reason;
}

TEST_F(http_loader_tls, a_missing_file_is_an_error) {
    const origin_process origin(tls("server"));
    spec.tls.ca = ca->path("none.crt");
    const load_result& result = ask(origin);
    EXPECT_EQ(result.outcome, load_outcome::error);
    EXPECT_NE(result.reason, "");
}

}  // namespace
}  // namespace herdgate::test
